/**
 * Canaries: the private key, the API secret and the passphrase are planted in a run that meets every kind of answer, and are
 * then found nowhere: not in logs, rows, object storage, statuses, errors or what leaves for the venue beyond its headers.
 */
import { describe, expect, it } from 'vitest';
import { toJson } from '../../../domain/json.ts';
import { LiveScene } from '../world/live-scene.ts';
import { PRACTICE_KEY } from '../world/practice-account.ts';

const MINUTE_MS = 60_000;

/** A run through orders, faults, refusals and a death. */
async function eventful(): Promise<LiveScene> {
  const scene = await LiveScene.open({ live: { copyAgeMsMax: 180_000 } });
  const { world } = scene;
  for (const kind of ['accept-then-drop', 'fail-before', 'html', 'rate-limited', 'unknown-status'] as const) {
    scene.fault({ channel: 'order', kind });
    await scene.copied('BUY', '200');
    await world.advance(MINUTE_MS);
  }
  for (const kind of ['malformed', 'truncate', 'html'] as const)
    scene.fault({ channel: 'rest', kind, path: '/data/', count: 5 });
  scene.fault({ channel: 'rest', kind: 'status', status: 401, path: '/balance-allowance', count: 1 });
  // A venue, or somebody in between, that throws our own credentials back at us.
  const [credentials] = [...world.exchange.world.trading.keys.values()];
  await world.say('user', `garbage ${credentials!.secret} ${credentials!.passphrase} ${PRACTICE_KEY}`);
  await world.say('user', JSON.stringify({ event_type: credentials!.secret, id: credentials!.passphrase }));
  await world.advance(2 * MINUTE_MS);
  world.kill('live');
  await world.live.ensureRunning();
  scene.fault({ channel: 'order', kind: 'region' });
  await scene.copied('BUY', '200');
  await world.advance(2 * MINUTE_MS);
  return scene;
}

describe('canaries', () => {
  it('for key, secret and passphrase are found nowhere', async () => {
    const scene = await eventful();
    const { world } = scene;
    const keys = [...world.exchange.world.trading.keys.values()];
    expect(keys.length).toBeGreaterThan(0);
    let checked: unknown;
    void world.live.liveCheck().then((items) => {
      checked = items;
    });
    await world.advance(20_000);
    const places: Record<string, string> = {
      logs: toJson(world.homes.logs),
      'rows of D1': toJson([...world.ledger.byKey.values()]),
      'object storage': world.storedText(),
      statuses: toJson([world.live.status(), world.paper.status(), world.leaderFeed.status()]),
      portfolio: toJson(world.live.portfolio()),
      'live:check': toJson(checked),
      'addresses of calls': toJson([world.venue.requests, world.venue.walletCalls.map((call) => call.name)]),
      'bodies of calls': toJson(world.venue.walletCalls.map((call) => call.body)),
    };
    expect(world.homes.logs.length).toBeGreaterThan(0);
    expect(places['live:check']).toContain('READY');
    const canaries: Record<string, string> = {
      'private key': PRACTICE_KEY.slice(2),
      ...Object.fromEntries(keys.map((key, index) => [`secret ${index}`, key.secret])),
      ...Object.fromEntries(keys.map((key, index) => [`passphrase ${index}`, key.passphrase])),
    };
    for (const [what, canary] of Object.entries(canaries)) {
      expect(canary.length).toBeGreaterThan(15);
      for (const [where, text] of Object.entries(places))
        expect(text.toLowerCase().includes(canary.toLowerCase()), `the ${what} is in the ${where}`).toBe(
          false,
        );
    }
  });

  it('the API-key id is in order bodies alone, and is masked where people look', async () => {
    const scene = await eventful();
    const { world } = scene;
    const [key] = [...world.exchange.world.trading.keys.values()];
    expect(scene.posts()[0]).toContain(key!.key);
    for (const text of [
      toJson(world.homes.logs),
      toJson([...world.ledger.byKey.values()]),
      toJson([world.live.status(), world.paper.status()]),
    ])
      expect(text).not.toContain(key!.key);
    expect(String(scene.facts().apiKeyMasked)).toMatch(/^.{4}….{4}$/);
  });
});
