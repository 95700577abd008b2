// The live pages over a real ledger: what they show, what they leave open, hostile text from the venue, exports.
import { describe, expect, it } from 'vitest';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import {
  AT,
  attempt,
  difference,
  LEADER,
  leaderPosition,
  liveFill,
  liveOrder,
  market,
  position,
  shadowOrder,
  snapshot,
  TOKEN,
  venuePosition,
} from '../../ledger/records.ts';
import { textOf, withRows, wordsIn } from '../harness.ts';
import { hostileLiveStatus } from '../statuses.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\'&';

const DAY: readonly OutboxRecord[] = [
  market(),
  attempt({ mode: 'LIVE' }),
  attempt({
    mode: 'LIVE',
    groupKey: 'group-2',
    idempotencyKey: 'key-2',
    decision: 'SKIP',
    reasons: ['LIVE_WS_DOWN'],
  }),
  attempt({
    mode: 'LIVE',
    groupKey: 'group-3',
    idempotencyKey: 'key-3',
    side: 'SELL',
    decision: 'WAIT',
    reasons: ['LIVE_WAITING_FOR_SHARES'],
  }),
  liveOrder(),
  shadowOrder({ createdAtMs: AT }),
  liveFill(),
  liveFill({
    tradeId: 'trade-2',
    orderId: `0x${'e'.repeat(64)}`,
    origin: 'EXTERNAL',
    leaderAddress: 'external',
    idempotencyKey: '',
    role: 'MAKER',
  }),
  venuePosition(),
  position({ mode: 'LIVE', shareMicros: 10_000_000n, costMicros: 4_200_000n }),
  position({ mode: 'LIVE', leaderAddress: 'external', shareMicros: 1_000_000n, costMicros: 400_000n }),
  snapshot({
    mode: 'LIVE',
    equityMicros: 1_000_000_000n,
    exposureMicros: 70_000_000n,
    flowMicros: 900_000_000n,
  }),
  snapshot({ mode: 'LIVE', bucketAtMs: AT - 60_000, equityMicros: 1_050_000_000n, flowMicros: 900_000_000n }),
  difference({ readings: 3, lastSeenAtMs: AT + 60_000 }),
];

describe('Live Trades', () => {
  it('shows the status as the Wallet reports it, with what was saved where the two differ', async () => {
    const app = await withRows(DAY);
    app.liveStatus = {
      trading: 'SHADOW',
      live: {
        account: {
          auth: 'OK',
          authProbedAtMs: AT,
          venueCondition: 'RESTARTING',
          venueUntilAtMs: AT + 90_000,
          region: 'allowed',
          rateRemaining: 37,
          rateTier: 'standard',
          collateralMicros: 1_234_560_000n,
          apiKeyMasked: '0a1b…9f',
        },
        userChannel: { state: 'OPEN', downSinceAtMs: null },
        effectiveUsers: { shadow: 1, off: 0 },
        orders: { lastAtMs: AT, unresolved: 2, oldestUnresolvedAtMs: AT },
        reconciliation: { lastAtMs: AT },
      },
    };
    const html = await textOf(app, '/live-trades');
    for (const text of [
      '>SHADOW</span>',
      'saved as OFF; the Wallet decides',
      '1 inherit, 0 forced on, 0 forced off',
      '2026-11-20 12:00:00 UTC</time>',
      'RESTARTING',
      '2026-11-20 12:01:30 UTC</time>',
      'the oldest for 1 min',
      '$1,234.56',
      '0a1b…9f',
      'tier standard',
    ]) {
      expect(html).toContain(text);
    }
  });

  it('shows a dash for whatever a Wallet that does not answer did not report, and no made-up state', async () => {
    const app = await withRows([]);
    app.silent.add('wallet:live');
    const html = await textOf(app, '/live-trades');
    expect(html).toContain('<dt>Live trading</dt><dd><span class="badge bad">–</span>');
    expect(html).toContain('<dt>Authentication</dt><dd><span class="">–</span>');
  });

  it('says that the Wallet does not answer, and shows the lists all the same', async () => {
    const app = await withRows(DAY);
    app.silent.add('wallet:live');
    const html = await textOf(app, '/live-trades');
    expect(html).toContain('The live Wallet does not answer');
    // Silence is not taken for good news.
    for (const good of ['no problem known', 'takes orders']) expect(html).not.toContain(good);
    expect(html).toContain('Will it rain in Lisbon');
    expect(await textOf(app, '/part/state')).toContain('Live does not answer');
  });

  it('lists real orders with what was filled, and shadow orders with what is predicted', async () => {
    const html = await textOf(await withRows(DAY), '/live-trades');
    expect(html).toContain('11.60 at 42¢ (100.0%)');
    expect(html).toContain('predicted 11.50 at 42¢');
    expect(html).toContain('>Shadow</span>');
    const shadows = await textOf(await withRows(DAY), '/live-trades?list=orders&kind=shadow');
    expect(shadows).not.toContain('>Filled</span>');
  });

  it('marks each fill as ours or as EXTERNAL', async () => {
    const app = await withRows(DAY);
    const html = await textOf(app, '/live-trades?list=fills');
    for (const badge of ['>APP</span>', '>EXTERNAL</span>']) expect(html).toContain(badge);
    expect(await textOf(app, '/live-trades?list=fills&origin=EXTERNAL')).not.toContain('>APP</span>');
  });

  it('says why live copies were skipped or wait, and links each to its own live page', async () => {
    const app = await withRows(DAY);
    const skipped = await textOf(app, '/live-trades?list=skipped');
    expect(skipped).toContain('The channel for our own orders has been down too long');
    expect(skipped).toContain(`/live-trades/${LEADER}/group-2`);
    expect(skipped).not.toContain('group-3');
    expect(await textOf(app, '/live-trades?list=waiting')).toContain(
      'Waits until the shares to sell are final',
    );
    expect(await textOf(app, '/live-trades?list=copies')).toContain(`/live-trades/${LEADER}/group-1`);
    expect(await textOf(app, '/live-trades?list=positions')).toContain('11.60');
  });

  it('calls a copy in SHADOW a shadow, not one that was not filled', async () => {
    const shadow = attempt({ mode: 'LIVE', reasons: ['LIVE_SHADOW_ONLY'], filledShareMicros: 0n });
    const html = await textOf(await withRows([shadow]), '/live-trades?list=copies');
    expect(html).toContain('>Shadow</span>');
    expect(html).not.toContain('Not filled');
  });

  it('filters and pages its orders over the whole table, keeping list and filters in the links', async () => {
    const rows = Array.from({ length: 95 }, (_, i) =>
      liveOrder({
        orderKey: `key:${i}`,
        orderId: `key:${i}`,
        idempotencyKey: `k${i}`,
        groupKey: `g${i}`,
        state: i % 2 === 0 ? 'REJECTED' : 'FILLED',
        createdAtMs: AT + i,
      }),
    );
    const app = await withRows([market(), ...rows]);
    const seen: string[] = [];
    let path: string | undefined = '/live-trades?list=orders&state=REJECTED&market=lisbon';
    for (let pages = 0; path !== undefined && pages < 10; pages += 1) {
      const html: string = await textOf(app, path);
      seen.push(
        ...[...html.matchAll(/href="\/live-trades\/0x[0-9a-f]{40}\/(g\d+)/g)].map((match) => match[1]!),
      );
      path = /<a href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 48 }, (_, i) => `g${94 - 2 * i}`));
  });
});

describe('the Real Portfolio', () => {
  it('states its source, the last reconciliation, and every difference with its age', async () => {
    const app = await withRows(DAY);
    app.liveStatus = {
      live: {
        reconciliation: { lastAtMs: AT + 30_000 },
        account: { collateralMicros: 930_000_000n },
      },
    };
    const html = await textOf(app, '/real-portfolio');
    for (const text of [
      'the positions and the balance that Polymarket reports',
      '2026-11-20 12:00:30 UTC</time> (30.0 s ago)',
      '$930.00',
      'Differences between ledger and venue: 1.',
      '-0.60',
      '<td data-label="Age">59.5 s</td>',
    ]) {
      expect(html).toContain(text);
    }
  });

  it('shows equity, drawdown from the peak, and how much of the exposure limit is used', async () => {
    const app = await withRows(DAY);
    // What the Wallet remembers: moments on a chart may miss both.
    app.liveStatus = {
      peakPnlMicros: 150_000_000n,
      deepestFall: { fallMicros: 60_000_000n, peakEquityMicros: 1_000_000_000n },
    };
    const words = wordsIn(await textOf(app, '/real-portfolio'));
    for (const text of [
      '$1,000.00',
      '+$100.00',
      'Drawdown now -$50.00 4.8%',
      'Deepest drawdown -$60.00 6.0%',
      'Total exposure $70.00 of $700.00 (10.0%)',
    ]) {
      expect(words).toContain(text);
    }
  });

  it('leads through more positions than one page takes, and names only those it shows', async () => {
    const many = Array.from({ length: 70 }, (_, i) => String(1_000 + i));
    const app = await withRows([]);
    for (let at = 0; at < many.length; at += 20)
      await writeOutbox(
        app.env.DB,
        many
          .slice(at, at + 20)
          .flatMap((tokenId) => [
            venuePosition({ tokenId, shareMicros: 10_000_000n }),
            position({ mode: 'LIVE', tokenId, shareMicros: 10_000_000n }),
          ]),
      );
    const first = await textOf(app, '/real-portfolio');
    expect(first).toContain('Page 1 of 2');
    expect(first).not.toContain('title="1069"');
    expect(await textOf(app, '/real-portfolio?page=2')).toContain('title="1069"');
    expect(await textOf(app, '/live-trades?list=positions&page=2')).toContain('title="1069"');
    expect(await textOf(app, '/real-portfolio?page=99')).toContain('Page 1 of 2');
    // All is explained, also what is on the other page.
    expect(first).not.toContain('not explained');
  });

  it('calls nothing unexplained that lies behind the end of a list that was cut', async () => {
    const app = await withRows([]);
    // Two leaders in each of 200 tokens are 400 slices, of which 300 are read; the venue reports all 200.
    for (let at = 0; at < 200; at += 10)
      await writeOutbox(
        app.env.DB,
        Array.from({ length: 10 }, (_, i) => String(1_000 + at + i)).flatMap((tokenId) => [
          venuePosition({ tokenId, shareMicros: 20_000_000n }),
          position({ mode: 'LIVE', tokenId, shareMicros: 10_000_000n }),
          position({ mode: 'LIVE', tokenId, leaderAddress: `0x${'b'.repeat(40)}`, shareMicros: 10_000_000n }),
        ]),
      );
    for (const page of [1, 2, 3]) {
      const html = await textOf(app, `/real-portfolio?page=${page}`);
      expect(html).toContain(`Page ${page} of 3`);
      expect(html).not.toContain('since the last reading');
      expect(html).not.toContain('not explained');
    }
  });

  it('shows no drawdown that is unknown', async () => {
    expect(wordsIn(await textOf(await withRows(DAY), '/real-portfolio'))).toContain('Drawdown now – ');
  });

  it('distinguishes what only the last reading lacks from what reconciliation found', async () => {
    const fresh = await textOf(await withRows([position({ mode: 'LIVE' })]), '/real-portfolio');
    expect(fresh).toContain('since the last reading: 11.90');
    expect(fresh).not.toContain('not explained');
  });

  it('splits a position by leader, EXTERNAL and what is not explained', async () => {
    const html = await textOf(await withRows(DAY), '/real-portfolio');
    expect(html).toMatch(/Slow whale<\/a>\s*: 10\.00 for \$4\.20/);
    expect(html).toMatch(/EXTERNAL<\/span>\s*: 1\.00 for \$0\.40/);
    expect(html).toContain('not explained: 0.60<');
  });

  it('values a redeemable position at its payout, and one without a mark not at all', async () => {
    const redeemable = [market({ payoutPriceMicros: 1_000_000n }), venuePosition({ redeemable: true })];
    const html = await textOf(await withRows(redeemable), '/real-portfolio');
    expect(html).toContain('>redeemable</span>');
    expect(html).toContain('<td data-label="Value" class="number">$11.60</td>');
    const unmarked = await textOf(
      await withRows([venuePosition({ markPriceMicros: null })]),
      '/real-portfolio',
    );
    expect(unmarked).toContain('<td data-label="Value" class="number">–</td>');
  });

  it('shows what the ledger holds and the venue does not report, and a slice below zero', async () => {
    const app = await withRows([
      position({ mode: 'LIVE' }),
      position({ mode: 'LIVE', leaderAddress: 'external', shareMicros: -2_000_000n, costMicros: 0n }),
      difference(),
    ]);
    const html = await textOf(app, '/real-portfolio');
    expect(html).toContain('<td data-label="Shares" class="number">0.00</td>');
    expect(html).toContain(': -2.00 for');
    expect(html).toContain('not explained: -9.90');
  });

  it('says loudly, while live is OFF, that the exits of what is held are not copied', async () => {
    const app = await withRows(DAY);
    app.liveStatus = { trading: 'OFF', openPositions: 1 };
    expect(await textOf(app, '/real-portfolio')).toContain('Live is OFF: exits are not copied');
    expect(await textOf(app, '/live-trades')).toContain('exits are not copied either');
    app.liveStatus = { trading: 'ON', openPositions: 1 };
    expect(await textOf(app, '/real-portfolio')).not.toContain('exits are not copied');
  });

  it('says so when there is nothing', async () => {
    const app = await withRows([]);
    const unread = await textOf(app, '/real-portfolio');
    expect(unread).toContain('The venue reports no position.');
    expect(unread).not.toContain('Ledger and venue agree.');
    app.liveStatus = { live: { reconciliation: { lastAtMs: AT } } };
    expect(await textOf(app, '/real-portfolio')).toContain('Ledger and venue agree.');
  });

  it('says of a leader who is forced off that their exits are not copied', async () => {
    const app = await withRows([...DAY, leaderPosition()]);
    await app.post('/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' });
    expect(await textOf(app, '/real-portfolio/orphans')).toContain('their exits are not copied');
  });
});

describe('the Dashboard', () => {
  it('shows both wallets, and what the live one needs', async () => {
    const app = await withRows(DAY);
    app.liveStatus = {
      trading: 'SHADOW',
      live: { account: { problem: HOSTILE }, orders: { oldestUnresolvedAtMs: AT - 600_000 } },
    };
    const html = await textOf(app, '/');
    expect(html).toContain('Live wallet');
    expect(html).toContain('Live is saved as OFF, but the Wallet holds SHADOW');
    expect(html).toContain('A live order has had no outcome since');
    expect(html).toContain('The trading account needs you: &lt;img');
  });
});

describe('what the venue wrote', () => {
  it('is only ever text, on every live page', async () => {
    const app = await withRows([
      ...DAY.filter((row) => !['market', 'liveOrder', 'liveFill'].includes(row.kind)),
      market({ title: HOSTILE, outcome: HOSTILE }),
      liveOrder({ state: 'REJECTED', lastError: HOSTILE, publicBody: HOSTILE }),
      liveFill({ txHash: HOSTILE, tradeId: HOSTILE }),
    ]);
    app.liveStatus = hostileLiveStatus(HOSTILE);
    app.checks = [{ name: 'region', state: 'UNKNOWN', sentence: HOSTILE }];
    app.inFlight = [HOSTILE];
    const pages = [
      ...['/', '/live-trades', '/live-trades?list=fills', '/real-portfolio', '/status'],
      `/live-trades/${LEADER}/group-1`,
      '/part/live-status',
      '/part/state',
    ];
    for (const path of pages) expect(await textOf(app, path), path).not.toContain('<img');
    expect(await textOf(app, '/live-trades')).toContain('&lt;img src=x onerror=alert(1)&gt;');
    for (const path of ['/status/live-check', '/live-trades/check', '/live-trades/off']) {
      expect(await (await app.post(path, {})).text(), path).not.toContain('<img');
    }
  });
});

describe('what moves', () => {
  it.each([
    ['live-trades', 'live-trades'],
    ['live-trades?list=fills', 'live-trades'],
    ['live-status', 'live-status'],
    ['live-switch', 'live-switch'],
    ['switch-on', 'switch-on'],
    ['real-portfolio', 'real-portfolio'],
  ])('comes as the same element alone from /part/%s', async (name, id) => {
    const app = await withRows(DAY);
    const html = await textOf(app, `/part/${name}`);
    expect(html).toMatch(
      new RegExp(
        `^<div id="${id}" class="live" hx-get="/part/${id}[^"]*" hx-trigger="[^"]*every \\d+s" hx-sync="this:drop" hx-swap="outerMorph">`,
      ),
    );
    expect(html).not.toContain('<html');
  });

  it('says how many orders wait for a call, and since when', async () => {
    const app = await withRows([]);
    app.liveStatus = { live: { queued: { intents: 3, oldestAtMs: AT } } };
    expect(wordsIn(await textOf(app, '/part/live-status'))).toMatch(
      /Orders that wait for a call 3 the oldest for 1 min/,
    );
  });

  it('asks the Wallet itself for the state in the header, also while D1 is down', async () => {
    const app = await withRows([]);
    app.liveStatus = { trading: 'ON' };
    app.fake.failing(true);
    const html = await textOf(app, '/part/state');
    expect(html).toMatch(/^<span id="state" hx-get="\/part\/state"/);
    expect(html).toContain('<span class="badge on">Live ON</span>');
  });

  it('goes on polling after a failure', async () => {
    const app = await withRows(DAY);
    app.fake.failing(true);
    const parts = ['live-trades?list=fills', 'live-status', 'live-switch', 'switch-on', 'real-portfolio'];
    for (const path of parts.map((part) => `/part/${part}`)) {
      const response = await app.get(path);
      expect([response.status, await response.text()], path).toEqual([
        500,
        expect.stringContaining(`hx-get="${path}"`),
      ]);
    }
  });
});

describe('the live exports', () => {
  it.each(['live-orders', 'live-fills', 'venue-positions', 'differences'])('give %s whole', async (name) => {
    const app = await withRows(DAY);
    const csv = await textOf(app, `/export/${name}.csv`);
    const { data } = (await (await app.get(`/export/${name}.json`)).json()) as { data: unknown[] };
    expect(csv.trim().split('\r\n')).toHaveLength(data.length + 1);
    expect(data.length).toBeGreaterThan(0);
  });

  it('leave out the body of an order, and defuse what the venue wrote', async () => {
    const app = await withRows([liveOrder({ publicBody: 'a body', lastError: '=cmd' })]);
    const csv = await textOf(app, '/export/live-orders.csv');
    expect(csv).not.toContain('a body');
    expect(csv).toContain("'=cmd");
  });

  it('give every amount as exact decimal text', async () => {
    const app = await withRows([liveOrder()]);
    const { data } = (await (await app.get('/export/live-orders.json')).json()) as { data: object[] };
    expect(data[0]).toMatchObject({
      limitPrice: '0.43',
      orderShareMin: '5',
      maker: '4.98',
      predictedShare: null,
    });
    expect(JSON.stringify(data)).not.toContain('Micros');
  });

  it('page through positions, which have no time, by their key', async () => {
    const rows = Array.from({ length: 25 }, (_, i) => venuePosition({ tokenId: `${TOKEN}${i}` }));
    const app = await withRows(rows);
    const seen: string[] = [];
    let path: string | undefined = '/export/venue-positions.json?limit=10';
    for (let pages = 0; path !== undefined && pages < 10; pages += 1) {
      const response: Response = await app.get(path);
      const body = (await response.json()) as { data: { tokenId: string }[]; next: string | null };
      seen.push(...body.data.map((row) => row.tokenId));
      path = body.next ?? undefined;
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });
});
