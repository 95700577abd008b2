// Users and the page of one leader, through the front door: search, narrowing, pages, the comparison on one base, the budget.
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { cash, shares } from '../../../domain/money.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { readControl, saveControl } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { UNKNOWN_STANDING } from '../../../polymarket/public/standing.ts';
import {
  AT,
  attempt,
  LEADER,
  leaderFill,
  leaderPosition,
  market,
  OTHER_LEADER,
  position,
  snapshot,
} from '../../ledger/records.ts';
import { type Harness, signedIn, textOf, wordsIn } from '../harness.ts';

const HOUR_MS = 3_600_000;
const HOSTILE = '<img src=x onerror=alert(1)>';

async function withRows(rows: readonly OutboxRecord[], follow = `${LEADER}=Slow whale`): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: follow });
  await writeOutbox(app.env.DB, rows);
  // The first look makes the control document, and follows from then on.
  app.nowMs = AT;
  await app.get('/users');
  return app;
}

/** Changes the control document behind the pages' back. */
async function change(app: Harness, settings: Record<string, unknown>): Promise<void> {
  const control = (await readControl(app.env.DB))!;
  const PAPER = { ...control.settings.PAPER, ...settings };
  await saveControl(app.env.DB, {
    previousVersion: control.version,
    control: { ...control, settings: { ...control.settings, PAPER } },
    commandId: 'by-the-test',
    actor: 'operator',
    audit: [],
    nowMs: AT,
  });
}

const hourly = (part: Parameters<typeof snapshot>[0]) =>
  snapshot({ bucket: 'HOUR', leaderAddress: LEADER, ...part });
const RESULTS: readonly OutboxRecord[] = [
  // The leader makes $500 on $10,000 and then loses half of it; our copies are a hundredth of that.
  ...[0n, 500_000_000n, 250_000_000n].map((equityMicros, hour) =>
    hourly({
      portfolioScope: 'SHADOW_USER',
      bucketAtMs: AT + hour * HOUR_MS,
      equityMicros,
      exposureMicros: 10_000_000_000n,
      peakExposureMicros: 10_000_000_000n,
    }),
  ),
  ...[0n, 4_000_000n, 2_000_000n].map((realisedMicros, hour) =>
    hourly({
      bucketAtMs: AT + hour * HOUR_MS,
      realisedMicros,
      unrealisedMicros: 0n,
      // What was bought has been sold again between two snapshots: the most that was invested still counts.
      exposureMicros: 0n,
      peakExposureMicros: 100_000_000n,
    }),
  ),
];

describe('Users', () => {
  it('shows what the venue found for a name, each with its address, and follows the one that is chosen', async () => {
    const app = await withRows([]);
    app.profiles = {
      kind: 'found',
      profiles: [
        { address: parseLeaderAddress(OTHER_LEADER)!, name: HOSTILE, ...UNKNOWN_STANDING },
        { address: parseLeaderAddress(LEADER)!, name: 'whale', ...UNKNOWN_STANDING },
      ],
    };
    const html = await textOf(app, '/users?reference=whale&label=Mine');
    expect(html).toContain(OTHER_LEADER);
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img');
    app.profile = { kind: 'found', address: parseLeaderAddress(OTHER_LEADER)!, name: 'other' };
    const answer = await app.post('/users/add', {
      reference: OTHER_LEADER,
      label: 'Mine',
      commandId: 'add-one-1',
    });
    expect(answer.status).toBe(303);
    expect(await textOf(app, '/users')).toContain('Mine');
  });

  it('follows nobody for a name that several have, and lists them with volume, profit and a button each', async () => {
    const app = await withRows([]);
    const standing = { volumeShareMicros: shares(1_234_000_000n), pnlMicros: cash(-56_000_000n) };
    const profiles = [LEADER, OTHER_LEADER].map((address) => ({
      address: parseLeaderAddress(address)!,
      name: HOSTILE,
      ...standing,
    }));
    app.profile = {
      kind: 'several',
      reason: '2 profiles have this name; none was followed, choose one',
      profiles,
    };
    const response = await app.post('/users/add', { reference: 'whale', label: 'Mine' });
    const html = await response.text();
    expect(response.status).toBe(422);
    const words = wordsIn(html);
    expect(words).toContain('2 profiles have this name');
    for (const text of [LEADER, OTHER_LEADER, 'traded 1,234.00 shares, realised -$56.00'])
      expect(words).toContain(text);
    expect(html).not.toContain('<img');
    expect(html.match(/<button type="submit" aria-label="Follow /g)).toHaveLength(2);
    expect(html).toContain('value="whale"');
    expect((await readControl(app.env.DB))?.followedUsers).toHaveLength(1);
  });

  it('says so when the venue finds no one, and keeps what was typed', async () => {
    const app = await withRows([]);
    const html = await textOf(app, '/users?reference=nobody+at+all&label=L');
    expect(html).toContain('The venue has no profile with this name.');
    expect(html).toContain('value="nobody at all"');
  });

  it('narrows the list by part of a name or address, and leads through it in pages', async () => {
    const many = Array.from({ length: 50 }, (_, i) => `0x${String(i).padStart(40, 'e')}=Leader ${i}`).join(
      ',',
    );
    const app = await withRows([], many);
    app.profile = { kind: 'found', address: parseLeaderAddress(LEADER)!, name: 'Slow whale' };
    await app.post('/users/add', { reference: LEADER, label: '', commandId: 'add-whale' });
    const first = await textOf(app, '/users');
    expect(first).not.toContain('Slow whale');
    expect(first).toContain('/users?q=&amp;page=2');
    expect(await textOf(app, '/users?page=2')).toContain('Slow whale');
    const narrowed = await textOf(app, '/users?q=WHALE');
    expect(narrowed).toContain('Slow whale');
    expect(narrowed).not.toContain('Leader 7');
    expect(wordsIn(await textOf(app, '/users?q=zzz'))).toContain('Nobody here has such a name.');
  });
});

describe('the page of a leader', () => {
  it('lays the leader and our copies on the same base, and shows the gap (W47)', async () => {
    const app = await withRows(RESULTS);
    app.nowMs = AT + 3 * HOUR_MS;
    const html = await textOf(app, `/users/${LEADER}`);
    // The leader gained 5 % of what they had invested and kept 2.5 %; we gained 4 % and kept 2 %.
    expect(html).toContain('Leader: 0% to 2.5%; Paper: 0% to 2%');
    expect(html).toContain('Paper gap: 0% to 0.5%');
  });

  it('shows their own holdings, our positions after them alone, and their latest acts', async () => {
    const app = await withRows([
      market(),
      leaderFill(),
      attempt(),
      position(),
      position({ leaderAddress: OTHER_LEADER, shareMicros: 77_000_000n }),
      leaderPosition({ shareMicros: 250_000_000n, costMicros: 100_000_000n }),
    ]);
    const words = wordsIn(await textOf(app, `/users/${LEADER}`));
    expect(words).toContain('250.00 $100.00 40¢');
    expect(words).not.toContain('77.00');
    expect(words).toContain('Copied');
  });

  it('shows the budget with its headroom and rate while budgeted sizing is in force, and else not', async () => {
    const app = await withRows(
      RESULTS.concat(snapshot({ leaderAddress: LEADER, exposureMicros: 30_000_000n })),
    );
    app.nowMs = AT + 3 * HOUR_MS;
    expect(wordsIn(await textOf(app, `/users/${LEADER}`))).not.toContain('Headroom');
    await change(app, {
      sizingMode: 'budgetedDynamic',
      budgetedDynamicEnabled: true,
      budgetNotionalMicros: 50_000_000,
      budgetRateBpsMax: 200,
    });
    const words = wordsIn(await textOf(app, `/users/${LEADER}`));
    // $50 for their $10,000 is half a per cent.
    expect(words).toContain('Budget $50.00');
    expect(words).toContain('Rate in force 0.5%');
    expect(words).toContain('Headroom $20.00');
  });

  it('comes as its moving part alone, and says so when it fails', async () => {
    const app = await withRows([]);
    expect(await textOf(app, `/part/users/${LEADER}?mode=LIVE`)).toMatch(
      new RegExp(`^<div id="user" class="live" hx-get="/part/users/${LEADER}\\?mode=LIVE"`),
    );
    app.fake.failing(true);
    const failed = await app.get(`/part/users/${LEADER}`);
    expect([failed.status, (await failed.text()).startsWith('<div id="user"')]).toEqual([500, true]);
  });

  it('is not there for somebody who is not followed, or for no address', async () => {
    const app = await withRows([]);
    for (const path of [`/users/${OTHER_LEADER}`, '/users/me', `/part/users/${OTHER_LEADER}`])
      expect((await app.get(path)).status, path).toBe(404);
  });

  it('is where its own buttons lead back to, and nowhere else', async () => {
    const app = await withRows([]);
    const fields = { leaderAddress: LEADER, commandId: 'pause-him-1' };
    const back = async (to: string) =>
      (await app.post('/users/pause', { ...fields, back: to })).headers.get('location');
    expect(await back(`/users/${LEADER}`)).toBe(`/users/${LEADER}`);
    expect(await back('https://elsewhere.example/')).toBe('/users');
    expect(await back('//elsewhere.example')).toBe('/users');
  });
});
