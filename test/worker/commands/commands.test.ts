import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { listAudit, readControl } from '../../../ledger/write/control-store.ts';
import { LEADER, OTHER_LEADER } from '../../ledger/records.ts';
import { signedIn } from '../harness.ts';
import { settingsForm, withLeader } from '../routes/config-form.ts';

const address = parseLeaderAddress(LEADER)!;

describe('the first request', () => {
  it('makes the first control document, follows who is named, and sends it to the objects', async () => {
    const app = await signedIn({
      FOLLOW_ON_FIRST_START: `${LEADER.toUpperCase().replace('X', 'x')}=Slow whale,nonsense,${OTHER_LEADER}`,
    });
    await app.get('/');
    const control = await readControl(app.env.DB);
    expect(control).toMatchObject({ version: 1, paperTrading: 'ON', liveTrading: 'OFF' });
    expect(control?.followedUsers.map((user) => [user.leaderAddress, user.label])).toEqual([
      [LEADER, 'Slow whale'],
      [OTHER_LEADER, OTHER_LEADER],
    ]);
    const applied = app.calls.filter((one) => one.call === 'applyControl').map((one) => one.object);
    expect(applied.sort()).toEqual([
      'feed:feed',
      `user:${LEADER}`,
      `user:${OTHER_LEADER}`,
      'wallet:live',
      'wallet:paper',
    ]);
  });

  it.each([
    ['SHADOW', 'SHADOW'],
    ['ON', 'OFF'],
    ['shadow', 'OFF'],
    ['', 'OFF'],
  ])('that asks for live %j starts with live %s: never ON without a person', async (wanted, state) => {
    const app = await signedIn({ LIVE_ON_FIRST_START: wanted });
    await app.get('/');
    expect((await readControl(app.env.DB))?.liveTrading).toBe(state);
  });

  it('is enough: a second one changes nothing', async () => {
    const app = await withLeader();
    await app.get('/');
    expect((await readControl(app.env.DB))?.version).toBe(1);
    expect(app.calls.filter((one) => one.call === 'applyControl')).toEqual([]);
  });
});

describe('following', () => {
  it('adds a leader from now on, with an audit row, and sends it to their object', async () => {
    const app = await withLeader();
    app.profile = { kind: 'found', address: parseLeaderAddress(OTHER_LEADER)!, name: 'quickhands' };
    const response = await app.post('/users/add', { reference: '@quickhands', label: '' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/users']);
    const added = (await readControl(app.env.DB))?.followedUsers[1];
    expect(added).toMatchObject({
      label: 'quickhands',
      followFromMs: app.nowMs,
      paperEnabled: true,
      liveOverride: 'INHERIT',
      liveEntries: 'ON',
    });
    expect(app.calls).toContainEqual({ object: `user:${OTHER_LEADER}`, call: 'applyControl', value: 2 });
    expect(
      (await listAudit(app.env.DB, 50)).some((row) => row.subject === OTHER_LEADER && row.field === 'label'),
    ).toBe(true);
  });

  it('brings the form back as typed when the profile is unknown, with the field named', async () => {
    const app = await withLeader();
    const response = await app.post('/users/add', { reference: '0x"><script>', label: 'A <b>label</b>' });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toContain('the venue knows no profile');
    expect(html).toContain('value="0x&quot;&gt;&lt;script&gt;"');
    expect(html).not.toContain('<b>label');
    expect((await readControl(app.env.DB))?.version).toBe(1);
  });

  it('does not follow the same leader twice', async () => {
    const app = await withLeader();
    app.profile = { kind: 'found', address, name: 'again' };
    const response = await app.post('/users/add', { reference: LEADER, label: '' });
    expect(await response.text()).toContain('already followed as Slow whale');
  });

  it.each([
    ['FORCE_OFF', 'FORCE_OFF'],
    ['INHERIT', 'INHERIT'],
    ['FORCE_ON', 'INHERIT'],
  ])('raises no live switch when a removed leader is added again: %s becomes %s', async (before, after) => {
    const app = await withLeader();
    app.profile = { kind: 'found', address, name: 'again' };
    await app.post('/users/live', { leaderAddress: LEADER, override: before });
    await app.post('/users/remove', { leaderAddress: LEADER });
    await app.post('/users/add', { reference: LEADER, label: '' });
    const [user] = (await readControl(app.env.DB))?.followedUsers ?? [];
    expect(user).toMatchObject({ removed: false, liveOverride: after });
  });

  it('pauses, resumes and removes; a removed leader stays known, so that their exits are copied', async () => {
    const app = await withLeader();
    const user = async () => (await readControl(app.env.DB))?.followedUsers[0];
    await app.post('/users/pause', { leaderAddress: LEADER });
    expect(await user()).toMatchObject({ paperEnabled: false, removed: false });
    await app.post('/users/resume', { leaderAddress: LEADER });
    expect(await user()).toMatchObject({ paperEnabled: true });
    await app.post('/users/remove', { leaderAddress: LEADER });
    expect(await user()).toMatchObject({ paperEnabled: false, removed: true });
    app.nowMs += 5_000;
    await app.post('/users/resume', { leaderAddress: LEADER });
    expect(await user()).toMatchObject({ removed: false, followFromMs: app.nowMs });
  });

  it('carries out one press of a button once', async () => {
    const app = await withLeader();
    const press = { leaderAddress: LEADER, commandId: 'press-of-pause-1' };
    await app.post('/users/pause', press);
    await app.post('/users/pause', press);
    expect((await readControl(app.env.DB))?.version).toBe(2);
  });
});

describe('the paper switch', () => {
  it('reaches the Wallet before D1 when it goes off', async () => {
    const app = await withLeader();
    await app.post('/config/trading', { state: 'OFF' });
    expect(app.calls[0]).toMatchObject({ object: 'wallet:paper', call: 'setTrading', value: 'OFF' });
    expect((await readControl(app.env.DB))?.paperTrading).toBe('OFF');
  });

  it('is saved before the Wallet receives it when it goes on', async () => {
    const app = await withLeader();
    await app.post('/config/trading', { state: 'OFF' });
    app.calls.length = 0;
    await app.post('/config/trading', { state: 'ON' });
    expect(app.calls.map((one) => one.call).at(-1)).toBe('setTrading');
    expect(app.calls.at(-1)).toMatchObject({ object: 'wallet:paper', value: 'ON' });
  });

  it('is not said to be off when the Wallet did not answer', async () => {
    const app = await withLeader();
    app.silent.add('wallet:paper');
    expect((await app.post('/config/trading', { state: 'OFF' })).status).toBe(500);
    expect((await readControl(app.env.DB))?.paperTrading).toBe('ON');
  });
});

describe('while D1 is down', () => {
  it('paper trading can still be switched off, and the page says that it is', async () => {
    const app = await withLeader();
    app.fake.failing(true);
    const response = await app.post('/config/trading', { state: 'OFF' });
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('IS off')]);
    expect(app.calls).toContainEqual(
      expect.objectContaining({ object: 'wallet:paper', call: 'setTrading', value: 'OFF' }),
    );
  });

  it('paper trading cannot be switched on', async () => {
    const app = await withLeader();
    app.fake.failing(true);
    expect((await app.post('/config/trading', { state: 'ON' })).status).toBe(500);
    expect(app.calls.filter((one) => one.call === 'setTrading')).toEqual([]);
  });

  it('a deposit that the Wallet booked is not said to have failed', async () => {
    const app = await withLeader();
    app.fake.failing(true);
    expect((await app.post('/paper-portfolio/cash', { kind: 'DEPOSIT', amount: '5' })).status).toBe(303);
  });
});

describe('the paper settings', () => {
  it('come back from the form exactly as they were: saving the untouched form changes nothing', async () => {
    const app = await withLeader();
    const response = await app.post('/config/settings', await settingsForm(app));
    expect(response.status).toBe(303);
    expect((await readControl(app.env.DB))?.version).toBe(1);
  });

  it('are saved in the units of a person, with old and new value in the audit log', async () => {
    const app = await withLeader();
    const form = {
      ...(await settingsForm(app)),
      copyRateBps: '12.5',
      maxTradeNotionalMicros: '99.95',
      spreadPriceMicrosMax: '3.5',
    };
    expect((await app.post('/config/settings', form)).status).toBe(303);
    expect((await readControl(app.env.DB))?.settings.PAPER).toMatchObject({
      copyRateBps: 1_250,
      maxTradeNotionalMicros: 99_950_000,
      spreadPriceMicrosMax: 35_000,
    });
    expect(await listAudit(app.env.DB, 50)).toContainEqual(
      expect.objectContaining({ field: 'copyRateBps', oldValue: '100', newValue: '1250' }),
    );
  });

  it.each([
    ['copyRateBps', 'ten', 'give a number'],
    ['copyRateBps', '1e3', 'give a number'],
    ['copyRateBps', '-1', 'give a number'],
    ['copyRateBps', '1.234', 'decimal places'],
    ['maxTradeBankrollBps', '101', 'out of range: at most 100 %'],
    ['copyAgeMsMax', '0', 'out of range: at least 1 s'],
    ['minTradeNotionalMicros', '251', 'larger than the largest trade'],
    ['sizingMode', 'martingale', 'choose one'],
    ['marketBlacklist', '0x12', 'not a condition id'],
    ['noOpensBeforeCloseMinutes', '1.5', 'whole number'],
  ])('refuse %s = %s, naming the field and saving nothing', async (field, text, message) => {
    const app = await withLeader();
    const response = await app.post('/config/settings', {
      ...(await settingsForm(app)),
      [field]: text,
    });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toContain(message);
    expect(html).toMatch(
      field === 'sizingMode' || field === 'marketBlacklist'
        ? /field wrong/
        : new RegExp(`name="${field}" value="${text}"`),
    );
    expect((await readControl(app.env.DB))?.version).toBe(1);
  });

  it('can be switched off where a limit is optional', async () => {
    const app = await withLeader();
    await app.post('/config/settings', { ...(await settingsForm(app)), buyPriceMicrosMax: '95' });
    expect((await readControl(app.env.DB))?.settings.PAPER.buyPriceMicrosMax).toBe(950_000);
    await app.post('/config/settings', { ...(await settingsForm(app)), buyPriceMicrosMax: 'off' });
    expect((await readControl(app.env.DB))?.settings.PAPER.buyPriceMicrosMax).toBeNull();
  });

  it('of one leader hold only what differs, and inherit the rest', async () => {
    const app = await withLeader();
    const form = await settingsForm(app, `/config?leader=${LEADER}`);
    await app.post('/config/settings', { ...form, copyRateBps: '5', belowMinPolicy: 'CARRY' });
    const user = (await readControl(app.env.DB))?.followedUsers[0];
    expect(user?.overrides.PAPER).toEqual({ copyRateBps: 500, belowMinPolicy: 'CARRY' });
    expect(app.calls).toContainEqual({ object: `user:${LEADER}`, call: 'applyControl', value: 2 });
  });

  it('of one leader are judged together with those of all', async () => {
    const app = await withLeader();
    const form = await settingsForm(app, `/config?leader=${LEADER}`);
    const response = await app.post('/config/settings', { ...form, minTradeNotionalMicros: '300' });
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('larger than the largest'),
    ]);
  });

  it('answer the second of two tabs that it came too late, and keep what it typed', async () => {
    const app = await withLeader();
    const [first, second] = [await settingsForm(app), await settingsForm(app)];
    expect((await app.post('/config/settings', { ...first, copyRateBps: '2' })).status).toBe(303);
    const response = await app.post('/config/settings', { ...second, copyRateBps: '3' });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toContain('in the meantime');
    expect(html).toContain('name="copyRateBps" value="3"');
    expect((await readControl(app.env.DB))?.settings.PAPER.copyRateBps).toBe(200);
  });

  it('of grouping refuse a quiet time above the longest time', async () => {
    const app = await withLeader();
    const fields = { previousVersion: '1', groupQuietMs: '300', groupAgeMsMax: '250' };
    const response = await app.post('/config/groups', fields);
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('longer than the longest'),
    ]);
    const good = { previousVersion: '1', groupQuietMs: '0', groupAgeMsMax: '250' };
    expect((await app.post('/config/groups', good)).status).toBe(303);
    expect((await readControl(app.env.DB))?.system.groupQuietMs).toBe(0);
  });

  it('reach the other objects even if one of them does not answer', async () => {
    const app = await withLeader();
    app.silent.add('wallet:live');
    const response = await app.post('/config/settings', {
      ...(await settingsForm(app)),
      copyRateBps: '2',
    });
    expect(response.status).toBe(303);
    expect(app.calls.filter((one) => one.call === 'applyControl').map((one) => one.object)).toContain(
      'wallet:paper',
    );
  });
});

describe('paper cash', () => {
  it('is moved by the Wallet under the id of the press, with an audit row', async () => {
    const app = await withLeader();
    const response = await app.post('/paper-portfolio/cash', {
      kind: 'DEPOSIT',
      amount: '99.50',
      commandId: 'press-deposit',
    });
    expect(response.status).toBe(303);
    expect(app.calls.find((one) => one.call === 'moveCash')?.value).toEqual({
      commandId: 'press-deposit',
      kind: 'DEPOSIT',
      amountMicros: 99_500_000n,
    });
    expect(await listAudit(app.env.DB, 1)).toMatchObject([{ action: 'DEPOSIT', newValue: '99.5' }]);
  });

  it.each(['', '0', '-5', '1e3', '1.005', 'ten', '9999999999'])(
    'refuses the amount "%s" without asking the Wallet',
    async (amount) => {
      const app = await withLeader();
      const response = await app.post('/paper-portfolio/cash', { kind: 'WITHDRAWAL', amount });
      expect(response.status).toBe(422);
      expect(app.calls.filter((one) => one.call === 'moveCash')).toEqual([]);
    },
  );

  it('says why the Wallet refused', async () => {
    const app = await withLeader();
    app.cashAnswer = { kind: 'refused', reason: 'there is not that much cash' };
    const response = await app.post('/paper-portfolio/cash', { kind: 'WITHDRAWAL', amount: '500' });
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('not that much cash'),
    ]);
  });
});

describe('the peak of the drawdown', () => {
  it.each([
    ['PAPER', '/paper-portfolio', 'wallet:paper'],
    ['LIVE', '/real-portfolio', 'wallet:live'],
  ])('of %s is reset once RESET is typed, and leaves an audit row', async (mode, path, object) => {
    const app = await signedIn();
    const wrong = await app.post(`${path}/reset-peak`, { confirmation: 'reset' });
    expect([wrong.status, await wrong.text()]).toEqual([
      422,
      expect.stringContaining('type RESET, in capitals'),
    ]);
    expect(app.calls.filter((one) => one.call === 'resetPeak')).toEqual([]);
    const done = await app.post(`${path}/reset-peak`, { confirmation: ' RESET ' });
    expect([done.status, done.headers.get('location')]).toEqual([303, path]);
    expect(app.calls.filter((one) => one.call === 'resetPeak')).toMatchObject([{ object }]);
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { action: 'resetPeak', subject: mode, field: 'peakPnl', oldValue: '9', newValue: '-2' },
    ]);
  });

  it('stays when the Wallet refuses, and the page says why', async () => {
    const app = await signedIn();
    app.peakAnswer = { kind: 'refused', reason: 'a held position has no price yet' };
    const response = await app.post('/paper-portfolio/reset-peak', { confirmation: 'RESET' });
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('not reset: a held position has no price yet'),
    ]);
  });
});
