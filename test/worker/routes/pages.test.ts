import { describe, expect, it } from 'vitest';
import { parseConditionId, parseSliceOwner, parseTokenId } from '../../../domain/ids.ts';
import type { MarkRule } from '../../../domain/market/mark.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import type { WalletPortfolio } from '../../../domain/records/status.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import {
  AT,
  attempt,
  CONDITION,
  copyFill,
  groupMember,
  LEADER,
  leaderFill,
  leaderPosition,
  ledgerEntry,
  market,
  position,
  quarantined,
  snapshot,
  TOKEN,
  venuePosition,
} from '../../ledger/records.ts';
import { type Harness, signedIn, textOf, withRows, wordsIn } from '../harness.ts';
import { worthAt } from '../statuses.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\'&';

const DAY = [
  leaderFill(),
  leaderFill({ fillId: 'fill-2', disposition: 'HISTORY', groupKey: '', eventAtMs: AT - 5_000 }),
  groupMember(),
  attempt(),
  attempt({
    groupKey: 'group-2',
    decision: 'SKIP',
    reasons: ['SPREAD_TOO_WIDE', 'BOOK_STALE'],
    decidedAtMs: AT + 400,
  }),
  copyFill(),
  ledgerEntry(),
  position(),
  snapshot({ bucketAtMs: AT - 60_000, equityMicros: 10_000_000_000n }),
  snapshot(),
  market(),
];

describe('the Dashboard', () => {
  it('shows what the wallet is worth, to the cent, and how it came there', async () => {
    const html = await textOf(await withRows(DAY), '/');
    for (const text of [
      '$10,123.45',
      '$9,118.34',
      '$1,005.11 <small>9.9%</small>',
      '+$123.45',
      '+$23.00',
      '+$100.45',
    ]) {
      expect(html).toContain(text);
    }
    expect(html).toContain('data-chart="{');
  });

  it('says that returns are similar and not guaranteed, and why', async () => {
    const app = await withRows(DAY);
    for (const path of ['/', '/paper-portfolio']) {
      const html = await textOf(app, path);
      for (const text of [
        'not guaranteed',
        'missed trades',
        'slippage',
        'partial fills',
        'minimum',
        'settlement',
      ]) {
        expect(html, path).toContain(text);
      }
    }
  });

  it('names what needs attention: an object that does not answer, refused input, a late valuation', async () => {
    const app = await withRows([...DAY, quarantined()]);
    app.silent.add('wallet:paper');
    app.nowMs = AT + 1_800_000;
    const html = await textOf(app, '/');
    expect(html).toContain('Wallet PAPER needs attention');
    expect(html).toContain('Input was refused');
    expect(html).toContain('The paper wallet was last valued at');
  });

  it('names a live wallet that is valued no more, and shows no profit of a time before the first snapshot', async () => {
    const app = await withRows([...DAY, snapshot({ mode: 'LIVE' })]);
    app.nowMs = AT + 7_200_000;
    // OFF and with nothing held it sleeps, and has the value that it had.
    expect(await textOf(app, '/')).not.toContain('The live wallet was last valued at');
    app.liveStatus = { openPositions: 1 };
    const html = await textOf(app, '/');
    expect(html).toContain('The live wallet was last valued at');
    expect(wordsIn(html)).toContain('1H – 1D +$123.45');
  });

  it('says so when no leader is followed', async () => {
    const app = await signedIn();
    expect(await textOf(app, '/')).toContain('Nobody is followed yet');
  });
});

describe('the lists', () => {
  it('say of every leader fill what became of it', async () => {
    const html = await textOf(await withRows(DAY), '/trades');
    expect(html).toContain('Copied');
    expect(html).toContain('From before we followed');
    expect(html).toContain('Slow whale');
  });

  it('give every reason of a skip in words', async () => {
    const html = await textOf(await withRows(DAY), '/paper-trades?decision=SKIP');
    expect(html).toContain('The spread is too wide');
    expect(html).toContain('The order book was too old');
    expect(html).not.toContain('>Copied</span>');
  });

  it('find a market by the beginnings of its words, and nothing for words that no market has', async () => {
    const app = await withRows(DAY);
    expect(await textOf(app, '/paper-trades?market=lisb+rain')).toContain('Copied');
    expect(await textOf(app, '/paper-trades?market=oslo')).toContain('No copy attempt here yet');
    expect(await textOf(app, `/trades?market=${encodeURIComponent('") OR 1 NEAR( *')}`)).toContain(
      'No leader trade',
    );
  });

  it('filter by reason, source, leader and day', async () => {
    const app = await withRows(DAY);
    expect(await textOf(app, '/paper-trades?reason=BOOK_STALE')).toContain('Skipped');
    expect(await textOf(app, '/paper-trades?reason=CARRIED')).toContain('No copy attempt');
    expect(await textOf(app, '/paper-trades?source=BUFFER')).toContain('No copy attempt');
    expect(await textOf(app, `/paper-trades?leader=0x${'9'.repeat(40)}`)).toContain('No copy attempt');
    expect(await textOf(app, '/paper-trades?from=2026-11-20&to=2026-11-20')).toContain('Copied');
    expect(await textOf(app, '/paper-trades?to=2026-11-19')).toContain('No copy attempt');
  });

  it('leave out a filter that is not understood', async () => {
    const app = await withRows(DAY);
    expect(await textOf(app, '/paper-trades?reason=DROP&from=yesterday&before=x&leader=me')).toContain(
      'Copied',
    );
  });

  it('page through everything by the Older link', async () => {
    const app = await withRows(
      Array.from({ length: 95 }, (_, i) =>
        attempt({ groupKey: `g${i}`, idempotencyKey: `k${i}`, decidedAtMs: AT + i }),
      ),
    );
    const seen: string[] = [];
    let path: string | undefined = '/paper-trades';
    for (let pages = 0; path !== undefined && pages < 10; pages += 1) {
      const html: string = await textOf(app, path);
      seen.push(
        ...[...html.matchAll(/href="\/paper-trades\/0x[0-9a-f]{40}\/(g\d+)/g)].map((match) => match[1]!),
      );
      path = /<a href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 95 }, (_, i) => `g${94 - i}`));
  });

  it('lead from the old addresses to the new ones', async () => {
    const app = await signedIn();
    for (const [from, to] of [
      ['/copy-attempts', '/paper-trades'],
      ['/portfolio', '/paper-portfolio'],
    ] as const) {
      const response = await app.get(from);
      expect([response.status, response.headers.get('location')]).toEqual([301, to]);
    }
  });
});

describe('the Paper Portfolio', () => {
  it('shows each position with its market, mark, value and profit', async () => {
    const html = await textOf(await withRows(DAY), '/paper-portfolio');
    for (const text of ['Will it rain in Lisbon', '11.90', '$5.00', '45¢', '$5.36', '+$0.36'])
      expect(html).toContain(text);
  });

  it('gives a position without a mark no value, rather than a made-up one', async () => {
    const html = await textOf(
      await withRows([position({ markPriceMicros: null }), market()]),
      '/paper-portfolio',
    );
    expect(html).toContain('<td data-label="Value" class="number">–</td>');
  });

  it('leaves closed positions out', async () => {
    const html = await textOf(await withRows([position({ shareMicros: 0n })]), '/paper-portfolio');
    expect(html).toContain('Nothing is held');
  });
});

describe('figures of this moment', () => {
  const held = {
    leaderAddress: parseSliceOwner(LEADER)!,
    tokenId: parseTokenId(TOKEN)!,
    conditionId: parseConditionId(CONDITION)!,
    shareMicros: shares(11_900_000n),
  };
  const at = (markRule: MarkRule, ageMs: number) => (app: Harness) =>
    worthAt(app.nowMs, {
      positions: [{ ...held, markPriceMicros: price(840_000n), markRule, markedAtMs: app.nowMs - ageMs }],
    });
  const page = async (worth: (app: Harness) => WalletPortfolio, path = '/paper-portfolio') => {
    const app = await withRows(DAY);
    app.worth.PAPER = worth(app);
    return wordsIn(await textOf(app, path));
  };

  it('come from one report of the Wallet: worth, drawdown, risk and marks', async () => {
    const words = await page(at('MID', 60_000));
    for (const shown of [
      'Equity $10,000.00',
      'PnL +$100.00',
      'Drawdown now -$50.00',
      'Deepest drawdown -$60.00 6.0%',
      'Valued at',
      '84¢ ',
    ])
      expect(words).toContain(shown);
    expect(words).not.toContain('45¢');
    expect(words).not.toContain('min old');
  });

  it('measure the day from UTC midnight and the limits as the breakers do (A50)', async () => {
    const html = await page(at('MID', 0));
    expect(html).toContain('Loss since midnight UTC');
    expect(html).toContain('$7.00');
    expect(html).toContain('Without a good price');
  });

  it('say which rule gave a mark and how old it is, where it is no fresh mid', async () => {
    expect(await page(at('STALE', 3 * HOUR_MS))).toContain('84¢ stale, 3 h old');
    expect(await page(at('BID', 0))).toContain('84¢ bid');
    expect(await page(at('MID', 61_000))).toContain('84¢ 1 min old');
    expect(await page(at('BID', 0), `/markets/${CONDITION}`)).toContain('84¢ bid');
    expect(await page(at('BID', 0), `/users/${LEADER}`)).toContain('84¢ bid');
  });

  it.each(['/real-portfolio', '/live-trades?list=positions'])(
    'say on %s too which rule gave a mark, how old it is and when it was, also where the reading gave it',
    async (path) => {
      const app = await withRows([...DAY, position({ mode: 'LIVE' }), venuePosition()]);
      app.worth.LIVE = at('STALE', 3 * HOUR_MS)(app);
      const markedAt = new Date(app.nowMs - 3 * HOUR_MS).toISOString().slice(0, 19).replace('T', ' ');
      const words = wordsIn(await textOf(app, path));
      expect(words).toContain('84¢ stale, 3 h old');
      expect(words).toContain(`${markedAt} UTC`);
      const unexplained = await withRows([...DAY, venuePosition({ readAtMs: AT - HOUR_MS })]);
      const readAt = new Date(AT - HOUR_MS).toISOString().slice(0, 19).replace('T', ' ');
      // Once for the mark and once for the reading.
      expect(wordsIn(await textOf(unexplained, path)).split(`${readAt} UTC`)).toHaveLength(3);
    },
  );

  it('say up to when it is known what a leader holds', async () => {
    const holding = leaderPosition();
    const words = wordsIn(await textOf(await withRows([...DAY, holding]), `/users/${LEADER}`));
    const tradedAt = new Date(AT).toISOString().slice(0, 19).replace('T', ' ');
    expect(words).toContain(`Up to their trade of ${tradedAt} UTC`);
    const untraded = await textOf(await withRows([market(), holding]), `/users/${LEADER}`);
    expect(wordsIn(untraded)).toContain('As it was read when the leader was followed.');
  });

  it('name on the Dashboard a Wallet that buys nothing since too little has a good price', async () => {
    const app = await withRows(DAY);
    const worth = worthAt(app.nowMs);
    const unsure = (micros: bigint) => ({
      ...worth,
      risk: { ...worth.risk, unsureMicros: cash(micros) },
    });
    app.worth = { PAPER: unsure(100_000_000n), LIVE: unsure(100_000_001n) };
    const words = wordsIn(await textOf(app, '/'));
    expect(words).toContain('More than 1 % of the live wallet has no good price: it buys nothing.');
    expect(words).not.toContain('of the paper wallet has no good price');
  });

  it('value a leader’s slice at the same marks, and say when it was valued', async () => {
    const slice = snapshot({ leaderAddress: LEADER, realisedMicros: 1_000_000n, unrealisedMicros: 0n });
    const app = await withRows([...DAY, slice]);
    app.worth.PAPER = at('MID', 0)(app);
    // 11.90 shares at 84 cents, which cost $5.00, and a dollar that was realised.
    const now = new Date(app.nowMs).toISOString().slice(0, 19).replace('T', ' ');
    const leader = wordsIn(await textOf(app, `/users/${LEADER}`));
    expect(leader).toContain(`Paper PnL +$6.00 exposure $10.00, ${now} UTC`);
    expect(wordsIn(await textOf(app, '/'))).toMatch(
      new RegExp(`Slow whale \\+\\$6\\.00 – \\$10\\.00 ${now} UTC`),
    );
    delete app.worth.PAPER;
    const old = wordsIn(await textOf(app, `/users/${LEADER}`));
    expect(old).toContain('Paper PnL +$1.00 exposure $1,005.11, 2026-11-20 12:00:00 UTC');
  });

  it('are those of D1 with its time while the Wallet does not answer, or has no equity', async () => {
    const silent = wordsIn(await textOf(await withRows(DAY), '/paper-portfolio'));
    const unknown = await page((app) => worthAt(app.nowMs, { equityMicros: null }));
    for (const words of [silent, unknown]) {
      expect(words).toContain('Valued in the minute of');
      expect(words).toContain('the Wallet gives no newer figures now');
      expect(words).toContain('$10,123.45');
    }
    expect(silent).toContain('45¢');
  });
});

describe('the Status page', () => {
  it('shows every field that an object reports, nested ones too', async () => {
    const html = await textOf(await withRows([quarantined()]), '/status');
    expect(html).toContain('2026-11-20 12:00:00 UTC</time></dd>');
    expect(html).toContain('<dt>Outbox depth</dt><dd>3</dd>');
    expect(html).toContain('price: not a decimal');
  });

  it('says of an object that does not answer that it does not', async () => {
    const app = await withRows([]);
    app.silent.add('feed:feed');
    expect(await textOf(app, '/status')).toContain('<dt>No answer because</dt><dd>Error: no answer</dd>');
  });
});

describe('hostile text', () => {
  it('is only ever text, on every page', async () => {
    const app = await withRows([
      ...DAY.filter((row) => row.kind !== 'market'),
      market({ title: HOSTILE, outcome: HOSTILE, slug: HOSTILE }),
      quarantined({ reason: HOSTILE, excerpt: HOSTILE, source: HOSTILE }),
    ]);
    app.profile = { kind: 'found', address: LEADER as never, name: HOSTILE };
    await app.post('/users/remove', { leaderAddress: LEADER });
    await app.post('/users/add', { reference: LEADER, label: '' });
    const paths = ['/', '/users', '/trades', '/paper-trades', '/paper-portfolio', '/config', '/status'];
    for (const path of [
      ...paths,
      `/paper-trades/${LEADER}/group-1`,
      `/paper-trades?market=${encodeURIComponent(HOSTILE)}`,
    ]) {
      const html = await textOf(app, path);
      expect(html, path).not.toContain('<img');
      if (path === '/users' || path === '/trades')
        expect(html, path).toContain('&lt;img src=x onerror=alert(1)&gt;');
    }
  });
});

describe('what moves', () => {
  it.each(['dashboard', 'trades', 'paper-trades', 'paper-portfolio', 'status'])(
    'comes as the same element alone from /part/%s, so that polling goes on',
    async (name) => {
      const app = await withRows(DAY);
      const html = await textOf(app, `/part/${name}`);
      const id = name === 'paper-portfolio' ? 'portfolio' : name;
      expect(html).toMatch(
        new RegExp(
          `^<div id="${id}" class="live" hx-get="/part/${name}[^"]*" hx-trigger="[^"]*every \\d+s" hx-sync="this:drop" hx-swap="outerMorph">`,
        ),
      );
      expect(html).not.toContain('<html');
    },
  );

  it('says that it failed and goes on polling while D1 is down', async () => {
    const app = await withRows(DAY);
    app.fake.failing(true);
    const response = await app.get('/part/paper-trades?decision=SKIP');
    const html = await response.text();
    expect(html).toContain('hx-get="/part/paper-trades?decision=SKIP"');
    expect(html).toContain('did not answer');
    expect((await app.get('/paper-trades')).status).toBe(500);
  });
});

describe('the exports', () => {
  it('page through the whole table by the Link header', async () => {
    const rows = Array.from({ length: 25 }, (_, i) =>
      ledgerEntry({ refId: `copy:${i}`, bookedAtMs: AT + (i % 3) }),
    );
    const app = await withRows(rows);
    const seen: string[] = [];
    let path: string | undefined = '/export/ledger.json?limit=10';
    for (let pages = 0; path !== undefined && pages < 10; pages += 1) {
      const response: Response = await app.get(path);
      const body = (await response.json()) as { data: { refId: string }[]; next: string | null };
      seen.push(...body.data.map((row) => row.refId));
      path = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      expect(path ?? null).toBe(body.next);
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  it.each(['leader-trades', 'attempts', 'fills', 'ledger', 'snapshots'])(
    'give %s as CSV and as JSON',
    async (name) => {
      const app = await withRows(DAY);
      const csv = await textOf(app, `/export/${name}.csv`);
      expect(csv.trim().split('\r\n').length).toBeGreaterThan(1);
      const { data } = (await (await app.get(`/export/${name}.json`)).json()) as { data: unknown[] };
      expect(csv.trim().split('\r\n')).toHaveLength(data.length + 1);
    },
  );

  it('give money as exact decimal text and times in ISO 8601', async () => {
    const app = await withRows(DAY);
    const { data } = (await (await app.get('/export/ledger.json')).json()) as { data: unknown[] };
    expect(data).toEqual([
      expect.objectContaining({
        cashDelta: '-4.998',
        shareDelta: '11.9',
        price: '0.42',
        bookedAt: '2026-11-20T12:00:00.351Z',
      }),
    ]);
  });

  it('separate the modes', async () => {
    const app = await withRows([ledgerEntry(), ledgerEntry({ mode: 'LIVE', refId: 'live' })]);
    expect(await textOf(app, '/export/ledger.csv?mode=LIVE')).toMatch(/\r\nLIVE,[^\r]*\r\n$/);
    expect(await textOf(app, '/export/ledger.csv')).not.toContain('LIVE');
  });

  it('defuse formulas, quote what needs it, and leave negative numbers alone', async () => {
    const app = await withRows([
      leaderFill({ txHash: '=cmd|"/c calc"!A1', tokenId: '@SUM(1,2)', conditionId: CONDITION }),
    ]);
    const csv = await textOf(app, '/export/leader-trades.csv');
    expect(csv).toContain('"\'=cmd|""/c calc""!A1"');
    expect(csv).toContain('"\'@SUM(1,2)"');
    const ledger = await textOf(await withRows([ledgerEntry()]), '/export/ledger.csv');
    expect(ledger).toContain(',-4.998,');
  });

  it('open to the export token, and to no other, nor without one', async () => {
    const app = await withRows(DAY, { EXPORT_TOKEN: 'let-me-read-all-of-it' });
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    expect((await app.request('/export/ledger.csv', bearer('let-me-read-all-of-it'))).status).toBe(200);
    expect((await app.request('/export/ledger.csv', bearer('let-me-in'))).status).toBe(401);
    expect((await app.request('/', bearer('let-me-read-all-of-it'))).status).toBe(303);
    const closed = await withRows(DAY);
    expect((await closed.request('/export/ledger.csv', bearer(''))).status).not.toBe(200);
    expect((await closed.request('/export/ledger.csv', bearer('undefined'))).status).toBe(401);
  });

  it.each(['limit=0', 'limit=1001', 'limit=ten', 'after=x', 'mode=BOTH'])('refuse %s', async (query) => {
    expect((await (await withRows([])).get(`/export/ledger.csv?${query}`)).status).toBe(400);
  });

  it('know no other name', async () => {
    const app = await withRows([]);
    for (const file of ['sessions.csv', 'ledger.xml', 'ledger', 'control.json']) {
      expect((await app.get(`/export/${file}`)).status, file).toBe(404);
    }
  });
});

describe('Status', () => {
  it('is there while D1 is down, says so, and still shows what objects and sockets say', async () => {
    const app = await withRows(DAY);
    app.fake.failing(true);
    app.liveStatus = {
      trading: 'SHADOW',
      outbox: { depth: 812, oldestAtMs: AT },
      live: { userChannel: { state: 'OPEN' } },
    };
    const html = await textOf(app, '/status');
    const words = wordsIn(html);
    expect(words).toContain('It does not answer');
    expect(words).toContain('812 1 min');
    expect(words).toContain('Live SHADOW');
    expect(words).toContain('Not known while the database is away.');
    expect((await app.get('/part/status')).status).toBe(200);
  });

  it('shows no state of a Wallet that does not answer, and why', async () => {
    const app = await withRows([]);
    app.silent.add('wallet:live');
    const words = wordsIn(await textOf(app, '/status'));
    expect(words).toContain('Live does not answer');
    expect(words).toContain('Wallet LIVE needs attention');
  });
});
