// Stopping entries from the pages (A61): one click to stop, a confirmation to allow again, and every page says so.
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { readControl } from '../../../ledger/write/control-store.ts';
import { LEADER } from '../../ledger/records.ts';
import { type Harness, signedIn, textOf, wordsIn } from '../harness.ts';

const withLeader = () => signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
const press = (app: Harness, fields: Record<string, string>) => app.post('/live-trades/entries', fields);
const asked = (app: Harness) => app.calls.filter(({ call }) => call === 'setEntries');

/** What D1 says, for all and for the leader. */
async function saved(app: Harness): Promise<readonly (string | undefined)[]> {
  const control = await readControl(app.env.DB);
  return [control?.liveEntries, control?.followedUsers[0]?.liveEntries];
}

describe('stopping entries', () => {
  it.each([
    ['all leaders', '', ['OFF', 'ON']],
    ['Slow whale', LEADER, ['ON', 'OFF']],
  ] as const)(
    'of %s is one click, acknowledged by the Wallet with its orders',
    async (name, leader, expected) => {
      const app = await withLeader();
      app.inFlight = ['0xaa'];
      const response = await press(app, { state: 'OFF', leaderAddress: leader });
      const words = wordsIn(await response.text());
      expect(response.status).toBe(200);
      expect(words).toContain(`Entries are stopped for ${name}; exits go on`);
      expect(words).toContain('not one further purchase leaves');
      expect(words).toContain('0xaa');
      expect(await saved(app)).toEqual(expected);
      expect(asked(app).map(({ value }) => value)).toMatchObject([
        { state: 'OFF', leaderAddress: leader === '' ? null : LEADER },
      ]);
    },
  );

  it('that the Wallet does not answer claims nothing', async () => {
    const app = await withLeader();
    await app.get('/');
    app.silent.add('wallet:live');
    const response = await press(app, { state: 'OFF', leaderAddress: '' });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('NOT known to be off');
    expect(await saved(app)).toEqual(['ON', 'ON']);
  });

  it('is done by the Wallet although D1 is down, and says that pages may say otherwise', async () => {
    const app = await withLeader();
    await app.get('/');
    app.fake.failing(true);
    const response = await press(app, { state: 'OFF', leaderAddress: '' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('the database did not answer');
    expect(asked(app)).toHaveLength(1);
  });
});

describe('allowing entries again', () => {
  it.each(['', LEADER])('needs a confirmation, and asks the Wallet after D1: %s', async (leaderAddress) => {
    const app = await withLeader();
    await press(app, { state: 'OFF', leaderAddress });
    const refused = await press(app, { state: 'ON', leaderAddress });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('confirm that purchases may leave again');
    expect(asked(app)).toHaveLength(1);
    const response = await press(app, { state: 'ON', leaderAddress, confirmed: 'yes' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/live-trades']);
    expect(await saved(app)).toEqual(['ON', 'ON']);
    expect(asked(app).at(-1)?.value).toMatchObject({ state: 'ON', savedVersion: expect.any(Number) });
  });

  it('that the Wallet refuses leaves D1 as it was, with the reason', async () => {
    const app = await withLeader();
    await press(app, { state: 'OFF', leaderAddress: '' });
    app.liveAnswer = { kind: 'refused', reason: 'entries were stopped after this was asked for' };
    const response = await press(app, { state: 'ON', leaderAddress: '', confirmed: 'yes' });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('entries were stopped after this was asked for');
    expect(await saved(app)).toEqual(['OFF', 'ON']);
  });

  it('of somebody who is not followed, and to no such state, is refused', async () => {
    const app = await withLeader();
    for (const fields of [
      { state: 'ON', leaderAddress: '0x1', confirmed: 'yes' },
      { state: 'OFF', leaderAddress: 'a name' },
      { state: 'SHADOW', leaderAddress: '' },
    ])
      expect((await press(app, fields)).status).toBe(422);
    expect(asked(app)).toEqual([]);
  });
});

describe('stopped entries', () => {
  it('are in the header of every page, in the status and in what needs attention', async () => {
    const app = await withLeader();
    await press(app, { state: 'OFF', leaderAddress: '' });
    app.liveStatus = { trading: 'SHADOW', live: { entries: 'OFF', leadersWithoutEntries: 2 } };
    for (const path of ['/part/state', '/status'])
      expect(await textOf(app, path), path).toContain('Entries stopped');
    const words = wordsIn(await textOf(app, '/live-trades'));
    expect(words).toContain('Entries stopped stopped for 2 leaders of their own');
    const dashboard = await textOf(app, '/');
    expect(dashboard).toContain('Entries are stopped: live buys nothing, and exits go on.');
    expect(dashboard).toContain('Entries are stopped for 2 of the leaders.');
    app.liveStatus = { trading: 'SHADOW' };
    expect(await textOf(app, '/part/state')).not.toContain('Entries stopped');
    expect(await textOf(app, '/')).toContain('saved as OFF, but the Wallet holds ON');
  });

  it('of a leader are on their page, with the way back', async () => {
    const app = await withLeader();
    const page = () => textOf(app, `/users/${LEADER}`);
    expect(await page()).toContain('Stop entries');
    await press(app, { state: 'OFF', leaderAddress: LEADER });
    expect(await page()).toContain('Allow entries');
    expect(await page()).not.toContain('>Stop entries');
  });

  it('are in the history in words', async () => {
    const app = await withLeader();
    await press(app, { state: 'OFF', leaderAddress: '' });
    await press(app, { state: 'ON', leaderAddress: '', confirmed: 'yes' });
    await press(app, { state: 'OFF', leaderAddress: LEADER });
    const words = wordsIn(await textOf(app, '/config/history'));
    for (const text of [
      'Stopped entries for all leaders',
      'Allowed entries for all leaders',
      'Stopped entries for Slow whale',
    ])
      expect(words).toContain(text);
  });

  it('of a leader who is removed stay stopped when they are followed again', async () => {
    const app = await withLeader();
    await press(app, { state: 'OFF', leaderAddress: LEADER });
    await app.post('/users/remove', { leaderAddress: LEADER });
    app.profile = { kind: 'found', address: parseLeaderAddress(LEADER)!, name: 'again' };
    await app.post('/users/add', { reference: LEADER, label: '' });
    expect(await saved(app)).toEqual(['ON', 'OFF']);
  });
});
