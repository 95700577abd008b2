/**
 * Wrong secrets and a venue that answers nonsense: each gets a named state and a clear sentence, trading stays shut, and nothing
 * is lost.
 */
import { describe, expect, it } from 'vitest';
import type { CheckItem } from '../../../domain/orders/orders.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';
import { PRACTICE_OWNER, type Secrets, type TraderOptions } from '../world/practice-account.ts';

const MINUTE_MS = 60_000;

async function item(scene: LiveScene, name: CheckItem['name']): Promise<CheckItem> {
  let items: readonly CheckItem[] = [];
  void scene.world.live.liveCheck().then((found) => {
    items = found;
  });
  await scene.world.advance(20_000);
  const found = items.find((one) => one.name === name);
  if (found === undefined) throw new Error(`live:check says nothing of ${name}`);
  return found;
}

describe('secrets', () => {
  const rows: [string, Partial<Secrets>, CheckItem['name'], RegExp, string][] = [
    [
      'a key that is no key',
      { POLYMARKET_PRIVATE_KEY: '0x1234' },
      'key',
      /POLYMARKET_PRIVATE_KEY/,
      'MALFORMED',
    ],
    [
      'a key of zero',
      { POLYMARKET_PRIVATE_KEY: `0x${'0'.repeat(64)}` },
      'key',
      /POLYMARKET_PRIVATE_KEY/,
      'MALFORMED',
    ],
    [
      'a funder that is no address',
      { POLYMARKET_FUNDER_ADDRESS: 'my wallet' },
      'funder',
      /FUNDER/,
      'MALFORMED',
    ],
    [
      'a signature type that does not exist',
      { POLYMARKET_SIGNATURE_TYPE: '7' },
      'signatureType',
      /TYPE/,
      'MALFORMED',
    ],
    [
      'type 0 with a funder that is not the key’s own address',
      { POLYMARKET_SIGNATURE_TYPE: '0' },
      'funder',
      /type 0|EOA/,
      'MALFORMED',
    ],
    [
      'type 3 with the key’s own address as the funder',
      { POLYMARKET_FUNDER_ADDRESS: PRACTICE_OWNER },
      'funder',
      /type 3|deposit wallet|own address/i,
      'MALFORMED',
    ],
  ];
  it.each(rows)(
    '%s: named, reported in a sentence, and nothing is called',
    async (_what, secrets, name, says, auth) => {
      const scene = await LiveScene.open({ state: 'SHADOW', trader: { secrets } });
      expect(await scene.switchLive('ON')).toMatchObject({
        kind: 'refused',
        reason: scene.facts().authReason,
      });
      await scene.copied('BUY', '400');
      expect(scene.facts().auth).toBe(auth);
      expect(String(scene.facts().authReason)).toMatch(says);
      expect(scene.decisions('LIVE')).toEqual(['SKIP LIVE_AUTH_MISSING']);
      expect(scene.posts()).toHaveLength(0);
      const said = await item(scene, name);
      expect(said.state).toBe('NOT_READY');
      expect(said.sentence).toMatch(says);
      for (const value of Object.values(secrets))
        if (value.length > 6) expect(said.sentence).not.toContain(value);
    },
  );

  it('that are missing: reported by name, and paper goes on', async () => {
    const scene = await LiveScene.open({ state: 'SHADOW', trader: { secretsLater: true } });
    expect(await scene.switchLive('ON')).toMatchObject({ kind: 'refused' });
    await scene.copied('BUY', '400');
    expect(scene.facts().auth).toBe('MISSING');
    expect(scene.decisions('LIVE')).toEqual(['SKIP LIVE_AUTH_MISSING']);
    expect(scene.decisions('PAPER')).toEqual(['EXECUTE']);
    expect((await item(scene, 'key')).sentence).toContain('POLYMARKET_PRIVATE_KEY is not set');
    await scene.world.bringSecrets();
    await scene.world.advance(10_000);
    expect(await scene.switchLive('ON')).toMatchObject({ kind: 'done' });
    await scene.copied('BUY', '400');
    expect(scene.decisions('LIVE').at(-1)).toBe('EXECUTE');
  });

  it('of an account that the venue does not know as ours: rejected by name, nothing booked', async () => {
    const scene = await LiveScene.open({
      trader: { secrets: { POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000deadbeef' } },
    });
    await scene.copied('BUY', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.fills()).toHaveLength(0);
    expect(scene.decisions('LIVE').every((line) => line !== 'EXECUTE')).toBe(true);
  });
});

describe('an account that is not set up', () => {
  const trader: TraderOptions = { withoutAllowances: true };
  it('without allowances: a copy is skipped with that reason, and live:check names the contracts', async () => {
    const scene = await LiveScene.open({ trader });
    await scene.copied('BUY', '400');
    expect(scene.decisions('LIVE')).toEqual(['SKIP LIVE_ALLOWANCE_TOO_LOW']);
    expect(scene.posts()).toHaveLength(0);
    const said = await item(scene, 'allowances');
    expect(said.state).toBe('NOT_READY');
    expect(said.sentence).toMatch(/0x[0-9a-fA-F]{40}/);
  });

  it('without cash: a copy is skipped, and live:check says that there is nothing to spend', async () => {
    const scene = await LiveScene.open({ trader: { cash: '0' } });
    await scene.copied('BUY', '400');
    expect(scene.decisions('LIVE')[0]).toMatch(/^SKIP .*(EQUITY|FUNDS|CASH)/);
    expect((await item(scene, 'balance')).sentence).toContain('nothing to spend');
  });
});

describe('an order status that is not known', () => {
  it('is unknown, not a rejection: booked from its trades, and reported', async () => {
    const scene = await LiveScene.open();
    scene.fault({ channel: 'order', kind: 'unknown-status' });
    await scene.copied('BUY', '400');
    await scene.world.advance(2 * MINUTE_MS);
    expect(scene.taken()).toHaveLength(1);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('a status of an order or of a trade that is not known', () => {
  it('in a report settles nothing and loses nothing: the order waits for one that says more', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    world.venue.rewrites = (path, body) =>
      path.startsWith('/data/') ? body.replace(/"status":"[A-Z_]+"/g, '"status":"HALTED_BY_COMET"') : body;
    await scene.copied('BUY', '400');
    await world.advance(2 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).not.toContain('REJECTED');
    expect(scene.posts()).toHaveLength(1);
    world.venue.rewrites = undefined;
    await world.advance(3 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('a market whose version is missing or not known', () => {
  it.each([
    ['no version', '"w":"v1"'],
    ['another version', '"v":"v9"'],
  ])('%s: is not traded live, with a reason of its own, and goes on on paper', async (_what, instead) => {
    const scene = await LiveScene.open({ follow: false });
    const { world } = scene;
    world.venue.rewrites = (path, body) =>
      path.startsWith('/clob-markets/') ? body.replace('"v":"v1"', instead) : body;
    await world.follow(scene.leader);
    await world.advance(2_000);
    await scene.copied('BUY', '400');
    expect(scene.decisions('LIVE')).toEqual(['SKIP LIVE_PROTOCOL_UNKNOWN']);
    expect(scene.decisions('PAPER')).toEqual(['EXECUTE']);
    expect(scene.posts()).toHaveLength(0);
  });
});

describe('a venue that answers pages instead of data', () => {
  it('changes nothing that is stored, and is read again later', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    const before = world.rows('ledger').length;
    scene.fault({ channel: 'rest', kind: 'html', path: '/data/', count: 50 });
    scene.fault({ channel: 'rest', kind: 'malformed', path: '/balance-allowance', count: 10 });
    await world.advance(5 * MINUTE_MS);
    expect(world.rows('ledger')).toHaveLength(before);
    world.exchange.faults.clear();
    await scene.copied('SELL', '400');
    await world.advance(3 * MINUTE_MS);
    expect(disagreements(scene)).toEqual([]);
  });
});
