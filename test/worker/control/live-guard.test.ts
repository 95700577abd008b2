// OFF → SHADOW → ON as one guarded flow (R102): the check before ON, what the page offers at each step, and OFF when all is down.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CheckItem } from '../../../domain/orders/orders.ts';
import { listAudit, readControl } from '../../../ledger/write/control-store.ts';
import { LEADER, ORDER_ID } from '../../ledger/records.ts';
import { GREEN, type Harness, signedIn } from '../harness.ts';

const ON = { state: 'ON', confirmation: 'ON' };
const HOUR_MS = 3_600_000;
/** Of the event loop: signing in takes some on other threads, a time limit one for each second. */
const TURNS_MAX = 20_000;
const OTHER_ID = `0x${'f'.repeat(64)}`;
const RED: readonly CheckItem[] = [
  ...GREEN,
  { name: 'balance', state: 'NOT_READY', sentence: 'The account holds <b>nothing</b>.' },
  { name: 'clock', state: 'UNKNOWN', sentence: 'The clock was not read.' },
];

afterEach(() => {
  vi.useRealTimers();
});

/** The answer to a press, while as many seconds pass as it takes: whatever has a time limit runs into it. */
async function afterAllLimits(press: () => Promise<Response>): Promise<Response> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let answer: Response | undefined;
  const pressed = press().then((response) => {
    answer = response;
  });
  for (let turn = 0; turn < TURNS_MAX && answer === undefined; turn += 1) {
    vi.advanceTimersByTime(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (answer === undefined) throw new Error('no answer ever came');
  await pressed;
  return answer;
}

async function opened(variables: Record<string, string> = {}): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale`, ...variables });
  await app.get('/');
  app.calls.length = 0;
  return app;
}

/** The live Wallet reports that it has been in SHADOW for so long; it requires an hour. */
function inShadowFor(app: Harness, ms: number): void {
  app.liveStatus = { trading: 'SHADOW', live: { shadowSinceAtMs: app.nowMs - ms } };
}

async function liveTrading(app: Harness): Promise<string | undefined> {
  return (await readControl(app.env.DB))?.liveTrading;
}

/** What was asked of the live Wallet besides how it is, in order. */
function liveCalls(app: Harness): string[] {
  return app.calls
    .filter((one) => one.object === 'wallet:live' && one.call !== 'status')
    .map((one) => one.call);
}

async function page(app: Harness, path = '/live-trades'): Promise<string> {
  const response = await app.get(path);
  expect(response.status, path).toBe(200);
  return response.text();
}

/** The part of the page in which ON is typed, or why it is not. */
function onPart(html: string): string {
  const from = html.indexOf('id="switch-on"');
  expect(from).toBeGreaterThan(0);
  return html.slice(from, html.indexOf('</section>', from));
}

describe('ON', () => {
  it('is saved and raised only after a green check, which was made right before', async () => {
    const app = await opened();
    expect((await app.post('/live-trades/switch', ON)).status).toBe(303);
    expect(liveCalls(app)).toEqual(['liveCheck', 'applyControl', 'setLive']);
    expect(await liveTrading(app)).toBe('ON');
  });

  it.each([
    [
      'an item that is not ready',
      RED.slice(0, 3),
      ['balance'],
      ['not ready', 'holds &lt;b&gt;nothing&lt;/b&gt;'],
    ],
    ['an item that is not known', [...GREEN, RED[3]!], ['clock'], ['not known', 'The clock was not read.']],
    ['no item at all', [], ['found nothing'], []],
  ] as const)(
    'is refused for %s, which is shown in words and put on record',
    async (_what, checks, named, shown) => {
      const app = await opened();
      inShadowFor(app, 2 * HOUR_MS);
      app.checks = checks;
      const response = await app.post('/live-trades/switch', ON);
      const html = await response.text();
      expect([response.status, await liveTrading(app)]).toEqual([422, 'OFF']);
      expect(liveCalls(app)).toEqual(['liveCheck']);
      for (const text of ['live:check is not green', ...named, ...shown]) expect(html).toContain(text);
      expect(onPart(html)).toContain('value="ON"');
      expect(await listAudit(app.env.DB, 1)).toMatchObject([
        { field: 'refused', oldValue: 'ON', newValue: expect.stringContaining(named[0]) },
      ]);
    },
  );

  it('is refused when the check does not answer', async () => {
    const app = await opened();
    app.silent.add('wallet:live');
    const response = await app.post('/live-trades/switch', ON);
    expect([response.status, await liveTrading(app)]).toEqual([422, 'OFF']);
    expect(await response.text()).toContain('live:check gave no answer, so nothing was switched on');
    expect(await listAudit(app.env.DB, 1)).toMatchObject([{ field: 'refused', oldValue: 'ON' }]);
  });

  it('is refused when the answer of the check does not come in time', async () => {
    const app = await opened();
    app.hanging.add('wallet:live');
    const response = await afterAllLimits(() => app.post('/live-trades/switch', ON));
    expect(response.status).toBe(422);
    expect(await liveTrading(app)).toBe('OFF');
  });

  it('leaves alone an OFF that was pressed while the check was made', async () => {
    const app = await opened();
    await app.post('/live-trades/switch', { state: 'SHADOW' });
    app.whileChecking = async () => {
      await app.post('/live-trades/off', {});
      app.liveAnswer = { kind: 'refused', reason: 'OFF was pressed after this was asked for' };
    };
    const response = await app.post('/live-trades/switch', ON);
    expect([response.status, await liveTrading(app)]).toEqual([422, 'OFF']);
    const states = (await listAudit(app.env.DB, 50)).filter((row) => row.field === 'liveTrading');
    expect(states.map((row) => row.newValue)).toEqual(['OFF', 'SHADOW']);
  });

  it('that the Wallet finds too early is taken back, with its words', async () => {
    const app = await opened();
    await app.post('/live-trades/switch', { state: 'SHADOW' });
    const reason = 'ON comes too early: in SHADOW for 12 min of 60 min';
    app.liveAnswer = { kind: 'refused', reason };
    const response = await app.post('/live-trades/switch', ON);
    expect([response.status, await liveTrading(app)]).toEqual([422, 'SHADOW']);
    expect(await response.text()).toContain(reason);
  });
});

describe('SHADOW', () => {
  it('needs no check', async () => {
    const app = await opened();
    app.checks = RED;
    expect((await app.post('/live-trades/switch', { state: 'SHADOW' })).status).toBe(303);
    expect(liveCalls(app)).toEqual(['applyControl', 'setLive']);
  });
});

describe('the flow on Live Trades', () => {
  it('marks the state that the Wallet reports, and says what is missing for ON', async () => {
    const app = await opened();
    app.liveStatus = { trading: 'OFF' };
    const off = await page(app);
    expect(off).toMatch(/<li aria-current="step"><strong>OFF<\/strong>/);
    expect(off).toContain(
      'Still missing: SHADOW first, for at least 1 h; every item of the check ready; ON typed.',
    );
    inShadowFor(app, 12 * 60_000);
    const shadow = await page(app);
    expect(shadow).toMatch(/<li aria-current="step"><strong>SHADOW<\/strong>/);
    expect(shadow).toContain('It has been in SHADOW for 12 min of 60 min; in it since <time');
    expect(shadow).toContain(
      'Still missing: 48 min more in SHADOW; every item of the check ready; ON typed.',
    );
    expect(shadow).toContain('Saved as OFF, but the Wallet holds SHADOW');
    app.liveStatus = { trading: 'ON' };
    const on = await page(app);
    expect(on).toMatch(/<li aria-current="step"><strong>ON<\/strong>/);
    expect(on).not.toContain('Still missing');
  });

  it.each([
    ['OFF', { trading: 'OFF' }, 'live has been in SHADOW for its time'],
    [
      'in SHADOW too shortly',
      { trading: 'SHADOW', since: 59 * 60_000 },
      'the time in SHADOW is over, in 1 min',
    ],
    ['in SHADOW since an unknown time', { trading: 'SHADOW' }, 'reports since when'],
    ['silent', undefined, 'the live Wallet answers'],
  ] as const)('offers no ON to type while live is %s, and OFF all the same', async (_what, facts, says) => {
    const app = await opened();
    if (facts === undefined) app.silent.add('wallet:live');
    else if ('since' in facts) inShadowFor(app, facts.since);
    else app.liveStatus = facts;
    const html = await page(app);
    expect(onPart(html)).toContain(says);
    expect(html).not.toContain('name="confirmation"');
    expect(html).toContain('OFF now');
  });

  it('offers ON to type once the time is over, also to the page that waits for it', async () => {
    const app = await opened();
    inShadowFor(app, HOUR_MS - 1);
    expect(onPart(await page(app))).toMatch(/hx-get="\/part\/switch-on" hx-trigger="[^"]*every 2s"/);
    expect(await page(app, '/part/switch-on')).toMatch(
      /^<div id="switch-on" [^>]*hx-get="\/part\/switch-on"/,
    );
    app.nowMs += 1;
    const waiting = await page(app, '/part/switch-on');
    expect(waiting).toMatch(/^<form method="post" action="\/live-trades\/switch"/);
    for (const html of [waiting, onPart(await page(app))]) {
      expect(html).toContain('name="confirmation"');
      // Polled no more, so that what is being typed stays.
      expect(html).not.toContain('hx-');
      expect(html).not.toContain('disabled');
    }
  });

  it('runs the check on a button, shows each item, and offers no ON to type while one is not ready', async () => {
    const app = await opened();
    inShadowFor(app, HOUR_MS);
    app.checks = RED;
    const red = await (await app.post('/live-trades/check', {})).text();
    for (const text of ['>ready<', '>not ready<', '>not known<', 'The clock was not read.'])
      expect(red).toContain(text);
    expect(onPart(red)).toContain('as soon as every item of the check is ready');
    expect(red).not.toContain('name="confirmation"');
    app.checks = GREEN;
    const green = await (await app.post('/live-trades/check', {})).text();
    expect(green).toContain('name="confirmation"');
    expect(liveCalls(app)).toEqual(['liveCheck', 'liveCheck']);
    app.silent.add('wallet:live');
    const none = await (await app.post('/live-trades/check', {})).text();
    expect(none).toContain('The live Wallet did not answer, so nothing is known.');
  });

  it('keeps what was typed, with the fault beside it', async () => {
    const app = await opened();
    inShadowFor(app, HOUR_MS);
    const response = await app.post('/live-trades/switch', { state: 'ON', confirmation: '<on>' });
    const part = onPart(await response.text());
    expect(response.status).toBe(422);
    expect(part).toContain('value="&lt;on&gt;"');
    expect(part).toContain('in capitals');
    expect(liveCalls(app)).toEqual([]);
  });

  it('keeps what was typed too early where it cannot be sent again', async () => {
    const app = await opened();
    inShadowFor(app, 60_000);
    app.liveAnswer = { kind: 'refused', reason: 'ON comes too early: in SHADOW for 1 min of 60 min' };
    const part = onPart(await (await app.post('/live-trades/switch', ON)).text());
    expect(part).toMatch(/<input[^>]*value="ON" disabled=""/);
    expect(part).toMatch(/<button[^>]*disabled=""/);
  });
});

describe('OFF', () => {
  const PAGES = ['/', '/users', '/trades', '/paper-trades', '/paper-portfolio', '/live-trades'];
  const MORE = ['/real-portfolio', '/config?mode=LIVE', '/status'];

  it('from the header of every page needs nothing but the click: no D1, no id, no other field', async () => {
    const app = await opened();
    for (const path of [...PAGES, ...MORE]) {
      const html = await page(app, path);
      const header = html.slice(0, html.indexOf('<main'));
      const form =
        /<form method="post" action="\/live-trades\/off"[^>]*>(.*?)<\/form>/.exec(header)?.[1] ?? '';
      expect(form, path).toMatch(/^<button type="submit" class="danger">Emergency OFF<\/button>$/);
    }
    app.fake.failing(true);
    app.inFlight = [ORDER_ID];
    app.canceling = [OTHER_ID];
    app.calls.length = 0;
    const response = await app.post('/live-trades/off', {});
    const html = await response.text();
    expect([response.status, liveCalls(app)]).toEqual([200, ['setLive']]);
    for (const text of ['Live trading is OFF', ORDER_ID, OTHER_ID, 'the database did not answer'])
      expect(html).toContain(text);
  });

  it('pressed again is acknowledged again', async () => {
    const app = await opened();
    await app.post('/live-trades/switch', { state: 'SHADOW' });
    for (let press = 0; press < 2; press += 1) {
      const response = await app.post('/live-trades/off', { commandId: 'the-same-press' });
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining('Live trading is OFF'),
      ]);
    }
    expect(await liveTrading(app)).toBe('OFF');
  });

  it.each([
    ['of all', '/live-trades/off', {}, 'Live trading is OFF'],
    [
      'of one leader',
      '/users/live',
      { leaderAddress: LEADER, override: 'FORCE_OFF' },
      `Live is OFF for ${LEADER}`,
    ],
  ])('%s is acknowledged without D1 while that hangs', async (_what, path, fields, says) => {
    const app = await opened();
    app.fake.hanging(true);
    app.inFlight = [ORDER_ID];
    const response = await afterAllLimits(() => app.post(path, fields));
    const html = await response.text();
    expect(response.status).toBe(200);
    for (const text of [says, ORDER_ID, 'the database did not answer']) expect(html).toContain(text);
  });

  it('of one leader names the address while D1 is down, and lists the leader’s orders', async () => {
    const app = await opened();
    app.fake.failing(true);
    app.inFlight = [ORDER_ID];
    app.canceling = [OTHER_ID];
    const html = await (
      await app.post('/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' })
    ).text();
    for (const text of [`Live is OFF for ${LEADER}`, ORDER_ID, OTHER_ID]) expect(html).toContain(text);
  });

  it.each([
    ['/live-trades/off', {}],
    ['/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' }],
  ])(
    'at %s to which the Wallet’s answer never comes says so loudly, with the button again',
    async (path, fields) => {
      const app = await opened();
      app.hanging.add('wallet:live');
      const response = await afterAllLimits(() => app.post(path, fields));
      const html = await response.text();
      expect(response.status).toBe(503);
      expect(html).toContain('NOT known to be off');
      expect(html).toContain('action="/live-trades/off"');
    },
  );
});

describe('the practice start', () => {
  it('keeps the hour where the venue is not on this machine: that money is real', async () => {
    const app = await opened({
      LIVE_ON_FIRST_START: 'SHADOW',
      POLYMARKET_CLOB_URL: 'https://clob.polymarket.com',
    });
    const control = await readControl(app.env.DB);
    expect([control?.liveTrading, control?.settings.LIVE.shadowMsMin]).toEqual(['SHADOW', 3_600_000]);
  });

  it('begins in SHADOW with a minute before ON, each with a row of its own in the audit log', async () => {
    const app = await opened({ LIVE_ON_FIRST_START: 'SHADOW' });
    const control = await readControl(app.env.DB);
    expect([control?.liveTrading, control?.settings.LIVE.shadowMsMin]).toEqual(['SHADOW', 60_000]);
    const rows = (await listAudit(app.env.DB, 10)).filter((row) => row.action === 'liveOnFirstStart');
    expect(rows.map(({ field, oldValue, newValue }) => [field, oldValue, newValue])).toEqual(
      expect.arrayContaining([
        ['liveTrading', 'OFF', 'SHADOW'],
        ['shadowMsMin', '3600000', '60000'],
      ]),
    );
  });

  it('is the only one: else live is OFF and asks for an hour', async () => {
    for (const wanted of ['', 'ON', 'shadow']) {
      const app = await opened({ LIVE_ON_FIRST_START: wanted });
      const control = await readControl(app.env.DB);
      expect([control?.liveTrading, control?.settings.LIVE.shadowMsMin]).toEqual(['OFF', HOUR_MS]);
    }
  });
});
