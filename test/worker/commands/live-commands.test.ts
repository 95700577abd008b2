// The live switches and their commands: who is called first, what is taken back, what a person is shown, what is recorded.
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress, parseTokenId } from '../../../domain/ids.ts';
import { listAudit, readControl } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { LEADER, leaderPosition, ORDER_ID, position, TOKEN, venuePosition } from '../../ledger/records.ts';
import { type Harness, harness, signedIn } from '../harness.ts';
import { owedExit, worthAt } from '../statuses.ts';

async function withLeader(): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
  await app.get('/');
  app.calls.length = 0;
  return app;
}

async function liveTrading(app: Harness): Promise<string | undefined> {
  return (await readControl(app.env.DB))?.liveTrading;
}

async function override(app: Harness): Promise<string | undefined> {
  return (await readControl(app.env.DB))?.followedUsers[0]?.liveOverride;
}

const ON = { state: 'ON', confirmation: 'ON' };

/** The calls of the live Wallet and the versions that it was handed, in order. */
function liveCalls(app: Harness): string[] {
  return app.calls.filter((one) => one.object === 'wallet:live').map((one) => `${one.call} ${one.value}`);
}

describe('the live switch', () => {
  it('is saved before the Wallet is asked to raise it', async () => {
    const app = await withLeader();
    const response = await app.post('/live-trades/switch', { state: 'SHADOW' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/live-trades']);
    expect(liveCalls(app)).toEqual(['applyControl 2', 'setLive SHADOW']);
    expect(await liveTrading(app)).toBe('SHADOW');
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { action: 'setLiveTrading', field: 'liveTrading', oldValue: 'OFF', newValue: 'SHADOW' },
    ]);
  });

  it.each(['', 'on', 'yes', 'OFF'])('goes ON only when ON is typed, not for "%s"', async (confirmation) => {
    const app = await withLeader();
    const response = await app.post('/live-trades/switch', { state: 'ON', confirmation });
    expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('in capitals')]);
    expect(liveCalls(app).filter((call) => call.startsWith('setLive'))).toEqual([]);
    expect(await liveTrading(app)).toBe('OFF');
  });

  it('knows no other state', async () => {
    const app = await withLeader();
    expect((await app.post('/live-trades/switch', { state: 'FULL', confirmation: 'ON' })).status).toBe(422);
    expect(await liveTrading(app)).toBe('OFF');
  });

  it('that the Wallet refuses to raise is taken back from D1, and the reason is shown and recorded', async () => {
    const app = await withLeader();
    await app.post('/live-trades/switch', { state: 'SHADOW' });
    app.liveAnswer = { kind: 'refused', reason: 'no key is configured <b>' };
    const response = await app.post('/live-trades/switch', ON);
    const html = await response.text();
    expect([response.status, await liveTrading(app)]).toEqual([422, 'SHADOW']);
    expect(html).toContain('no key is configured &lt;b&gt;');
    const audit = await listAudit(app.env.DB, 10);
    expect(audit).toContainEqual(
      expect.objectContaining({ field: 'refused', oldValue: 'ON', newValue: 'no key is configured <b>' }),
    );
  });

  it('that the Wallet did not answer to is taken back, since what it holds is unknown', async () => {
    const app = await withLeader();
    app.silent.add('wallet:live');
    const response = await app.post('/live-trades/switch', ON);
    expect([response.status, await liveTrading(app)]).toEqual([422, 'OFF']);
  });

  it('lowered from ON to SHADOW stays lowered in D1 even if the Wallet does not answer', async () => {
    const app = await withLeader();
    await app.post('/live-trades/switch', ON);
    app.silent.add('wallet:live');
    await app.post('/live-trades/switch', { state: 'SHADOW' });
    expect(await liveTrading(app)).toBe('SHADOW');
  });

  it('cannot be raised while D1 is down', async () => {
    const app = await withLeader();
    app.fake.failing(true);
    expect((await app.post('/live-trades/switch', ON)).status).toBe(500);
    expect(liveCalls(app)).toEqual([]);
  });
});

describe('emergency OFF', () => {
  it('is one click in the header of every page', async () => {
    const app = await withLeader();
    for (const path of [
      '/',
      '/users',
      '/trades',
      '/paper-trades',
      '/paper-portfolio',
      '/live-trades',
      '/real-portfolio',
      '/config?mode=LIVE',
      '/status',
    ]) {
      const html = await (await app.get(path)).text();
      expect(html.slice(0, html.indexOf('<main')), path).toContain('action="/live-trades/off"');
    }
  });

  it('reaches the Wallet before D1 and lists the orders that are still on their way', async () => {
    const app = await withLeader();
    await app.post('/live-trades/switch', ON);
    app.calls.length = 0;
    app.inFlight = [ORDER_ID];
    const response = await app.post('/live-trades/off', {});
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain('Live trading is OFF');
    expect(html).toContain(ORDER_ID);
    expect(liveCalls(app)[0]).toBe('setLive OFF');
    expect(await liveTrading(app)).toBe('OFF');
    const audit = await listAudit(app.env.DB, 5);
    expect(audit).toContainEqual(expect.objectContaining({ oldValue: 'ON', newValue: 'OFF' }));
    expect(audit).toContainEqual(
      expect.objectContaining({
        field: 'offAcknowledged',
        newValue: JSON.stringify({ inFlight: [ORDER_ID], canceling: [] }),
      }),
    );
  });

  it('works while D1 is down, and says what D1 does not know', async () => {
    const app = await withLeader();
    await app.post('/live-trades/switch', ON);
    app.calls.length = 0;
    app.fake.failing(true);
    const response = await app.post('/live-trades/off', {});
    const html = await response.text();
    expect([response.status, liveCalls(app)]).toEqual([200, ['setLive OFF']]);
    expect(html).toContain('Live trading is OFF');
    expect(html).toContain('the database did not answer');
  });

  it('claims nothing when the Wallet does not answer', async () => {
    const app = await withLeader();
    await app.post('/live-trades/switch', ON);
    app.silent.add('wallet:live');
    const presses = [
      ['/live-trades/off', {}],
      ['/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' }],
    ] as const;
    for (const [path, fields] of presses) {
      const response = await app.post(path, fields);
      const html = await response.text();
      expect(response.status).toBe(503);
      expect(html).toContain('NOT known to be off');
      expect(html).not.toContain('is OFF');
      expect(html).toContain('action="/live-trades/off"');
    }
    expect([await liveTrading(app), await override(app)]).toEqual(['ON', 'INHERIT']);
  });

  it('is there also on the page that says that D1 is down', async () => {
    const app = await withLeader();
    app.fake.failing(true);
    const response = await app.get('/');
    expect([response.status, await response.text()]).toEqual([
      500,
      expect.stringContaining('action="/live-trades/off"'),
    ]);
  });

  it('leaves a record also where it was off already', async () => {
    const app = await withLeader();
    await app.post('/live-trades/off', {});
    expect(await listAudit(app.env.DB, 1)).toMatchObject([{ field: 'offAcknowledged' }]);
  });
});

describe('the live override of a leader', () => {
  it('FORCE_OFF reaches the Wallet before D1, and is acknowledged', async () => {
    const app = await withLeader();
    app.inFlight = [ORDER_ID];
    const response = await app.post('/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(ORDER_ID)]);
    expect(liveCalls(app)[0]).toBe('setUserLive FORCE_OFF');
    expect(await override(app)).toBe('FORCE_OFF');
    expect(app.calls).toContainEqual({ object: `user:${LEADER}`, call: 'applyControl', value: 2 });
  });

  it('FORCE_OFF works while D1 is down', async () => {
    const app = await withLeader();
    app.fake.failing(true);
    const response = await app.post('/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' });
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('the database did not answer'),
    ]);
    expect(liveCalls(app)).toEqual(['setUserLive FORCE_OFF']);
  });

  it('is saved before the Wallet receives a raise, and comes back to the page it was set on', async () => {
    const app = await withLeader();
    const fields = { leaderAddress: LEADER, override: 'FORCE_ON', from: 'live-trades' };
    const response = await app.post('/users/live', fields);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/live-trades']);
    expect(liveCalls(app)).toEqual(['applyControl 2', 'setUserLive FORCE_ON']);
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { action: 'setUserLive', subject: LEADER, oldValue: 'INHERIT', newValue: 'FORCE_ON' },
    ]);
  });

  it('that the Wallet refuses is taken back', async () => {
    const app = await withLeader();
    app.liveAnswer = { kind: 'refused', reason: 'not now' };
    const response = await app.post('/users/live', { leaderAddress: LEADER, override: 'FORCE_ON' });
    expect([response.status, await override(app)]).toEqual([422, 'INHERIT']);
    expect(await response.text()).toContain('not now');
  });

  it('leads nowhere but to our own pages', async () => {
    const app = await withLeader();
    const fields = { leaderAddress: LEADER, override: 'FORCE_ON', from: '//evil.example' };
    expect((await app.post('/users/live', fields)).headers.get('location')).toBe('/users');
  });

  it.each([
    [{ leaderAddress: `0x${'9'.repeat(40)}`, override: 'FORCE_ON' }],
    [{ leaderAddress: 'nobody', override: 'FORCE_OFF' }],
    [{ leaderAddress: LEADER, override: 'SOMETIMES' }],
  ])('refuses %j', async (fields) => {
    const app = await withLeader();
    expect((await app.post('/users/live', fields)).status).toBe(422);
    expect(liveCalls(app).filter((call) => call.startsWith('setUserLive'))).toEqual([]);
  });
});

describe('an orphaned position', () => {
  const SALE_LINK = `/sell?mode=LIVE&amp;leader=${LEADER}&amp;token=${TOKEN}`;
  const HELD = [
    position({ mode: 'LIVE' }),
    venuePosition({ shareMicros: 11_900_000n }),
    leaderPosition({ shareMicros: 0n }),
  ];

  it('is listed with its cause and a link to the sale by hand', async () => {
    const app = await withLeader();
    await writeOutbox(app.env.DB, HELD);
    const html = await (await app.get('/real-portfolio/orphans')).text();
    expect(html).toContain('The leader has none of it left.');
    expect(html).toContain(SALE_LINK);
  });

  it('is not what an exit still owes, nor what the operator keeps (A44)', async () => {
    const app = await withLeader();
    await writeOutbox(app.env.DB, HELD);
    const kept = { leaderAddress: parseLeaderAddress(LEADER)!, tokenId: parseTokenId(TOKEN)! };
    app.worth.LIVE = worthAt(app.nowMs, { keptExits: [kept] });
    expect(await (await app.get('/real-portfolio/orphans')).text()).not.toContain(SALE_LINK);
    app.worth.LIVE = worthAt(app.nowMs, { owedExits: [owedExit()] });
    expect(await (await app.get('/real-portfolio/orphans')).text()).not.toContain(SALE_LINK);
    // Dust is in no list of what is owed.
    app.worth.LIVE = worthAt(app.nowMs, { owedExits: [owedExit({ state: 'TOO_SMALL' })] });
    expect(await (await app.get('/real-portfolio/orphans')).text()).toContain(SALE_LINK);
  });

  it('is not called orphaned while the leader still holds it, or is not known to hold none', async () => {
    for (const holding of [[leaderPosition()], []]) {
      const app = await withLeader();
      await writeOutbox(app.env.DB, [...HELD.slice(0, 2), ...holding]);
      expect(await (await app.get('/real-portfolio/orphans')).text()).not.toContain(SALE_LINK);
    }
  });

  it('is not made of dust, which cannot be sold', async () => {
    const app = await withLeader();
    const dust = position({ mode: 'LIVE', shareMicros: 7_000n });
    await writeOutbox(app.env.DB, [dust, leaderPosition({ shareMicros: 0n })]);
    expect(await (await app.get('/real-portfolio/orphans')).text()).not.toContain(SALE_LINK);
  });
});

describe('the check whether live is ready', () => {
  it('shows every item in plain words', async () => {
    const app = await withLeader();
    app.checks = [
      { name: 'key', state: 'READY', sentence: 'The key is there.' },
      { name: 'allowances', state: 'NOT_READY', sentence: 'The exchange may move nothing.' },
      { name: 'clock', state: 'UNKNOWN', sentence: 'The venue’s clock was not read.' },
    ];
    const html = await (await app.post('/status/live-check', {})).text();
    for (const { sentence } of app.checks) expect(html).toContain(sentence);
    for (const word of ['>ready<', '>not ready<', '>not known<']) expect(html).toContain(word);
  });

  it('says so when the Wallet does not answer', async () => {
    const app = await withLeader();
    app.silent.add('wallet:live');
    const response = await app.post('/status/live-check', {});
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('live Wallet did not answer'),
    ]);
  });
});

describe('every command of live trading', () => {
  const COMMANDS = [
    ['/live-trades/off', {}],
    ['/live-trades/switch', ON],
    ['/live-trades/check', {}],
    ['/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' }],
    ['/sell', { mode: 'LIVE', leader: LEADER, token: TOKEN, shares: '1', bidMin: '0.4' }],
    ['/close', { mode: 'LIVE', confirmation: 'CLOSE LIVE' }],
    ['/exits/keep', { mode: 'LIVE', leaderAddress: LEADER, tokenId: TOKEN }],
    ['/exits/try', { mode: 'LIVE', leaderAddress: LEADER, tokenId: TOKEN }],
    ['/exits/confirm', { mode: 'LIVE', exits: `${LEADER}:${TOKEN}:1000000` }],
    ['/status/live-check', {}],
    ['/config/copy-from-paper', {}],
    ['/config/copy-setting', { field: 'copyRateBps', to: 'LIVE' }],
  ] as const;

  it.each(COMMANDS)('%s needs the operator', async (path, fields) => {
    const app = harness();
    const response = await app.post(path, fields);
    expect([response.status, await response.text()]).toEqual([
      401,
      expect.stringContaining('nothing was changed'),
    ]);
    expect(app.calls).toEqual([]);
  });

  it.each(COMMANDS)('%s is refused from another site', async (path, fields) => {
    const app = await withLeader();
    expect((await app.post(path, fields, { origin: 'https://evil.example' })).status).toBe(403);
    expect(app.calls).toEqual([]);
  });
});

describe('the live settings', () => {
  it('are stored apart from paper’s', async () => {
    const app = await withLeader();
    const page = await (await app.get('/config?mode=LIVE')).text();
    expect(page).toContain('Live execution');
    expect(await (await app.get('/config')).text()).not.toContain('Live execution');
    const before = (await readControl(app.env.DB))!;
    const fields: Record<string, string> = {};
    const form = page.slice(page.indexOf('action="/config/settings"'));
    for (const tag of form.slice(0, form.indexOf('</form>')).match(/<input[^>]*>/g) ?? [])
      fields[/name="([^"]*)"/.exec(tag)?.[1] ?? ''] = /value="([^"]*)"/.exec(tag)?.[1] ?? '';
    for (const [, name = '', body = ''] of form.matchAll(/<select name="([^"]*)">(.*?)<\/select>/g))
      fields[name] = /<option value="([^"]*)" selected/.exec(body)?.[1] ?? '';
    const response = await app.post('/config/settings', {
      ...fields,
      slippageBpsBuy: '0.5',
      submitTimeoutMs: '2.5',
      sellSpreadPriceMicrosMax: '7',
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/config?mode=LIVE']);
    const after = (await readControl(app.env.DB))!;
    expect(after.settings.PAPER).toEqual(before.settings.PAPER);
    expect(after.settings.LIVE).toEqual({
      ...before.settings.LIVE,
      slippageBpsBuy: 50,
      submitTimeoutMs: 2_500,
      sellSpreadPriceMicrosMax: 70_000,
    });
  });

  it('take paper’s only when asked, and keep how live orders are made', async () => {
    const app = await withLeader();
    const before = (await readControl(app.env.DB))!;
    expect((await app.post('/config/copy-from-paper', { previousVersion: '1' })).status).toBe(303);
    const { LIVE } = (await readControl(app.env.DB))!.settings;
    expect(LIVE.maxTradeNotionalMicros).toBe(before.settings.PAPER.maxTradeNotionalMicros);
    expect(LIVE.slippageBpsSell).toBe(before.settings.LIVE.slippageBpsSell);
    const audit = await listAudit(app.env.DB, 50);
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'copyFromPaper', field: 'maxTradeNotionalMicros' }),
    );
  });

  it('can be reached from the old address of paper’s', async () => {
    const app = await withLeader();
    const response = await app.get(`/paper-config?leader=${LEADER}`);
    expect([response.status, response.headers.get('location')]).toEqual([
      301,
      `/config?mode=PAPER&leader=${LEADER}`,
    ]);
  });
});
