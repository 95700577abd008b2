// The exports through the front door: the whole of what a page shows in one streamed file, or in parts that say so.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXPORT_FILE_ROWS_MAX, EXPORTS } from '../../../domain/records/exports.ts';
import type { CopyAttemptRecord, OutboxRecord } from '../../../domain/records/records.ts';
import { recordAudit } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import {
  AT,
  activity,
  attempt,
  copyFill,
  difference,
  groupMember,
  LEADER,
  leaderFill,
  ledgerEntry,
  liveFill,
  liveOrder,
  market,
  OTHER_LEADER,
  position,
  quarantined,
  shadowOrder,
  snapshot,
  TOKEN,
  venuePosition,
} from '../../ledger/records.ts';
import { type Harness, textOf, withRows } from '../harness.ts';

const HOUR_MS = 3_600_000;
type Row = Record<string, unknown>;

async function rowsOf(app: Harness, path: string): Promise<Row[]> {
  return (JSON.parse(await textOf(app, path)) as { data: Row[] }).data;
}

/** More rows than a test would write one by one, a second apart. */
function manyEntries({ fake }: Harness, count: number): void {
  fake.sqlite
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
       INSERT INTO ledger_entries SELECT 'PAPER', 'EXEC_GLOBAL', printf('copy:%06d', i), 'TRADE_FILL', ?, '', ?, 1000000,
         -500000, 500000, ? + i * 1000 FROM n`,
    )
    .run(count, LEADER, TOKEN, AT);
}

const linesOf = (csv: string): string[] => csv.trimEnd().split('\r\n');
const fileNameOf = (response: Response): string =>
  /filename="([^"]*)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? '';
const linkOf = (response: Response): string | undefined =>
  /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];

/** One thing for each row of every list: a market of its own, whose title the page shows and the export names. */
const TITLES = Array.from({ length: 120 }, (_, i) => `Question ${String(i).padStart(3, '0')}`);
const WORDS = ['rain', 'snow', 'hail'];
const SEASON: readonly OutboxRecord[] = TITLES.flatMap((title, i) => {
  const own = {
    tokenId: `${1_000 + i}`,
    conditionId: `0x${String(i % 6).repeat(64)}`,
    leaderAddress: i % 5 === 0 ? OTHER_LEADER : LEADER,
  };
  const atMs = AT + Math.floor(i / 2) * HOUR_MS;
  const ids = { groupKey: `group-${title.slice(-3)}`, idempotencyKey: `key-${title.slice(-3)}` };
  const skip = { decision: 'SKIP', reasons: [i % 2 === 0 ? 'SPREAD_TOO_WIDE' : 'BOOK_STALE'] } as const;
  const outcome = i % 4 === 0 ? {} : skip;
  const deal = { ...own, ...ids, ...outcome, decidedAtMs: atMs };
  return [
    market({ ...own, title: `${title} ${WORDS[i % 3]}` }),
    leaderFill({
      ...own,
      fillId: `fill-${title.slice(-3)}`,
      groupKey: '',
      disposition: 'HISTORY',
      eventAtMs: atMs,
    }),
    attempt({ ...deal, sourceType: i % 7 === 0 ? 'BUFFER' : 'IMMEDIATE' }),
    attempt({ ...deal, mode: 'LIVE' }),
    i % 4 === 0
      ? shadowOrder({ ...own, ...ids, orderKey: `shadow:${i}`, createdAtMs: atMs })
      : liveOrder({
          ...own,
          ...ids,
          orderKey: `0x${String(i).padStart(64, '0')}`,
          orderId: `0x${String(i).padStart(64, '0')}`,
          state: i % 2 === 0 ? 'REJECTED' : 'FILLED',
          createdAtMs: atMs,
        }),
    liveFill({ ...own, tradeId: `trade-${i}`, origin: i % 8 === 0 ? 'EXTERNAL' : 'APP', matchedAtMs: atMs }),
  ];
});

describe('what a page shows', () => {
  let app: Harness;
  beforeAll(async () => {
    app = await withRows(SEASON);
  });

  /** The rows of every page of the list, newest first, by the titles in its table. */
  async function shownOn(path: string): Promise<string[]> {
    const seen: string[] = [];
    let next: string | undefined = path;
    for (let pages = 0; next !== undefined && pages < 50; pages += 1) {
      const html = await textOf(app, next);
      const table = /<table>.*<\/table>/s.exec(html)?.[0] ?? '';
      seen.push(...(table.match(/Question \d{3}/g) ?? []));
      next = /<a href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    return seen;
  }

  it.each([
    ['/trades', ''],
    ['/trades', `leader=${OTHER_LEADER}`],
    ['/trades', 'market=rain'],
    ['/trades', `market=question+rain&leader=${LEADER.toUpperCase().replace('0X', '0x')}`],
    ['/trades', 'from=2026-11-21&to=2026-11-21'],
    ['/trades', 'market=nothing'],
    ['/paper-trades', ''],
    ['/paper-trades', 'decision=SKIP'],
    ['/paper-trades', 'decision=SKIP&reason=BOOK_STALE'],
    ['/paper-trades', 'source=BUFFER&to=2026-11-21'],
    ['/paper-trades', `leader=${LEADER}&decision=EXECUTE&market=snow`],
    ['/paper-trades', 'decision=&reason=&market=&from=&to='],
    ['/live-trades', 'list=orders'],
    ['/live-trades', 'list=orders&state=REJECTED'],
    ['/live-trades', 'list=orders&kind=real'],
    ['/live-trades', `list=orders&kind=shadow&leader=${LEADER}&market=rain`],
    ['/live-trades', 'list=fills&origin=EXTERNAL'],
    ['/live-trades', 'list=fills&from=2026-11-22&market=hail'],
    ['/live-trades', 'list=skipped&reason=SPREAD_TOO_WIDE'],
    ['/live-trades', 'list=copies'],
    ['/live-trades', 'list=waiting'],
    // What the page does not know or does not take narrows neither the page nor its export.
    ['/paper-trades', 'decision=PERHAPS&colour=red&state=REJECTED'],
    ['/live-trades', 'list=fills&state=REJECTED'],
  ])('is what its link exports, only whole and oldest first: %s?%s', async (path, query) => {
    const page = `${path}?${query}`;
    const shown = await shownOn(page);
    const html = await textOf(app, page);
    const links = [...html.matchAll(/<a href="(\/export\/[^"]*)" download/g)].map((match) =>
      match[1]!.replaceAll('&amp;', '&'),
    );
    const json = links.find((link) => link.includes('.json'))!;
    const exported = (await rowsOf(app, json)).map((row) => String(row.market).slice(0, 12));
    expect(exported).toEqual([...shown].reverse());
    expect(linesOf(await textOf(app, json.replace('.json', '.csv')))).toHaveLength(shown.length + 1);
    if (!['market=nothing', 'list=waiting'].includes(query)) expect(shown.length).toBeGreaterThan(1);
  });

  it('is exported from the tab of positions too: what the venue holds, and what the ledger holds', async () => {
    const own = await withRows([venuePosition(), position({ mode: 'LIVE' }), market()]);
    const html = await textOf(own, '/live-trades?list=positions');
    expect(html).toContain('href="/export/venue-positions.csv?closed=0"');
    expect(html).toContain('href="/export/positions.csv?mode=LIVE"');
    expect(await rowsOf(own, '/export/positions.json?mode=LIVE')).toHaveLength(1);
  });

  it('is exported by links that each say what they hold', async () => {
    const html = await textOf(app, '/paper-trades?decision=SKIP&market=%22%3E%3Cb%3E');
    expect(html).toContain('aria-label="CSV: what is shown"');
    expect(html).toContain('/export/attempts.csv?mode=PAPER&amp;decision=SKIP&amp;market=%22%3E%3Cb%3E"');
  });
});

describe('an export that is not understood', () => {
  it.each([
    ['attempts', 'decision=PERHAPS', 'decision'],
    ['attempts', 'decison=SKIP', 'decison'],
    ['attempts', 'reason=TIRED', 'reason'],
    ['attempts', 'source=ORACLE', 'source'],
    ['attempts', 'leader=whale', 'leader'],
    ['attempts', 'from=yesterday', 'from'],
    ['attempts', 'to=2026-02-30', 'to'],
    ['attempts', `market=${'x'.repeat(201)}`, 'market'],
    ['attempts', 'state=FILLED', 'state'],
    ['attempts', 'decision=SKIP&decision=EXECUTE', 'decision'],
    ['attempts', 'before=1~x', 'before'],
    ['live-orders', 'state=LOST', 'state'],
    ['live-orders', 'kind=paper', 'kind'],
    ['live-fills', 'origin=MARS', 'origin'],
    ['leader-trades', 'decision=SKIP', 'decision'],
    ['positions', 'closed=yes', 'closed'],
    ['users', `leader=${LEADER}`, 'leader'],
    ['ledger', 'part=two', 'part'],
    ['ledger', 'part=2~x', 'part'],
    ['ledger', 'part=0~1~x', 'part'],
    ['ledger', 'part=2~1~x&limit=5', 'part'],
    ['ledger', 'part=2~1~x&after=1~x', 'part'],
    ['ledger', 'mode=', 'mode'],
  ])('is refused with the word named: %s?%s', async (name, query, word) => {
    const app = await withRows([attempt()]);
    for (const format of ['csv', 'json']) {
      const response = await app.get(`/export/${name}.${format}?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(await response.text()).toContain(word);
    }
  });
});

describe('a file', () => {
  afterEach(() => vi.restoreAllMocks());

  it('holds the whole table, however many pages it takes, in one query each', async () => {
    const app = await withRows([]);
    manyEntries(app, 2_500);
    app.fake.queries.length = 0;
    const response = await app.get('/export/ledger.csv');
    const lines = linesOf(await response.text());
    expect(lines).toHaveLength(2_501);
    expect(lines.slice(1).map((line) => /copy:\d+/.exec(line)?.[0])).toEqual(
      Array.from({ length: 2_500 }, (_, i) => `copy:${String(i).padStart(6, '0')}`),
    );
    // Three pages, and the question whether it must be cut.
    expect(app.fake.queries).toHaveLength(4);
    expect(fileNameOf(response)).toBe('ledger.csv');
    expect(linkOf(response)).toBeUndefined();
    const whole = JSON.parse(await textOf(app, '/export/ledger.json')) as { data: Row[]; next: unknown };
    expect(whole.data).toHaveLength(2_500);
    expect(whole.next).toBeNull();
  });

  it('of exactly the largest length is whole', async () => {
    const app = await withRows([]);
    manyEntries(app, EXPORT_FILE_ROWS_MAX);
    const response = await app.get('/export/ledger.csv');
    expect(fileNameOf(response)).toBe('ledger.csv');
    expect(linkOf(response)).toBeUndefined();
    expect(linesOf(await response.text())).toHaveLength(EXPORT_FILE_ROWS_MAX + 1);
  });

  it('that is too long says before its first byte that it is a part, how far it goes and where the next one is', async () => {
    const app = await withRows([]);
    manyEntries(app, EXPORT_FILE_ROWS_MAX + 3);
    app.fake.queries.length = 0;
    const response = await app.get(`/export/ledger.csv?leader=${LEADER}`);
    expect(fileNameOf(response)).toBe('ledger-part1-to-2026-11-20T230639Z.csv');
    const next = linkOf(response)!;
    // Somebody books a late entry amid the file, which then neither loses a row nor repeats one.
    await writeOutbox(app.env.DB, [ledgerEntry({ refId: 'late', bookedAtMs: AT + 20_000_500 })]);
    const lines = linesOf(await response.text());
    expect(lines).toHaveLength(EXPORT_FILE_ROWS_MAX + 2);
    expect(lines.at(-1)).toContain('copy:039999');
    // The Free plan allows 50 a request.
    expect(app.fake.queries.length).toBeLessThanOrEqual(46);
    const rest = await app.get(next);
    expect(fileNameOf(rest)).toBe('ledger-part2.csv');
    expect(linkOf(rest)).toBeUndefined();
    const restLines = linesOf(await rest.text());
    expect(restLines[0]).toBe(lines[0]);
    expect(restLines.slice(1).map((line) => /copy:\d+/.exec(line)?.[0])).toEqual([
      'copy:040000',
      'copy:040001',
      'copy:040002',
    ]);
  });

  it('as JSON names the next part behind its data, which is again a file', async () => {
    const app = await withRows([]);
    manyEntries(app, EXPORT_FILE_ROWS_MAX + 1);
    app.fake.queries.length = 0;
    const response = await app.get('/export/ledger.json');
    const { data, next } = JSON.parse(await response.text()) as { data: Row[]; next: string };
    // Forty pages, and the question where to cut.
    expect(app.fake.queries).toHaveLength(41);
    expect(data).toHaveLength(EXPORT_FILE_ROWS_MAX);
    expect(next).toBe(linkOf(response));
    const rest = JSON.parse(await textOf(app, next)) as { data: Row[]; next: unknown };
    expect(rest.data.map((row) => row.refId)).toEqual(['copy:040000']);
    expect(rest.next).toBeNull();
  });

  it.each(['csv', 'json'])(
    'as %s breaks off when D1 fails amid it, and never ends as if it were whole',
    async (format) => {
      const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      const app = await withRows([]);
      manyEntries(app, 2_500);
      const response = await app.get(`/export/ledger.${format}`);
      const reader = response.body!.getReader();
      const first = await reader.read();
      expect(new TextDecoder().decode(first.value)).toContain('copy:000999');
      app.fake.failing(true);
      await expect(reader.read()).rejects.toThrow('Network connection lost');
      const logged = lines.mock.calls.map((call) => String(call[0]));
      expect(logged).toEqual([expect.stringContaining('an export broke off')]);
      expect(logged[0]).toContain('"name":"ledger"');
    },
  );

  it('that cannot even begin is an error, not an empty file', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const app = await withRows([ledgerEntry()]);
    app.fake.failing(true);
    const response = await app.get('/export/ledger.csv');
    expect(response.status).toBe(500);
    expect(response.headers.get('content-disposition')).toBeNull();
  });

  it('is read only as fast as the reader takes it, and no further once the reader has gone', async () => {
    const app = await withRows([]);
    manyEntries(app, 5_000);
    app.fake.queries.length = 0;
    const response = await app.get('/export/ledger.csv');
    expect(app.fake.queries).toHaveLength(2);
    const reader = response.body!.getReader();
    await reader.read();
    await reader.read();
    await reader.cancel();
    expect(app.fake.queries.length).toBeLessThanOrEqual(3);
  });

  it('answers HEAD with its headers and reads no more than they need', async () => {
    const app = await withRows([], { EXPORT_TOKEN: 'let-me-read-all-of-it' });
    manyEntries(app, 5_000);
    app.fake.queries.length = 0;
    const headers = { authorization: 'Bearer let-me-read-all-of-it' };
    const response = await app.request('/export/ledger.csv', { method: 'HEAD', headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(fileNameOf(response)).toBe('ledger.csv');
    expect(await response.text()).toBe('');
    expect(app.fake.queries.length).toBeLessThanOrEqual(2);
  });

  it('opens to the session and to the export token, and to no one else', async () => {
    const app = await withRows([], { EXPORT_TOKEN: 'let-me-read-all-of-it' });
    manyEntries(app, 1_500);
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const withToken = await app.request('/export/ledger.csv', bearer('let-me-read-all-of-it'));
    expect(await withToken.text()).toBe(await textOf(app, '/export/ledger.csv'));
    for (const name of EXPORTS) {
      expect((await app.request(`/export/${name}.csv`)).status, name).toBe(303);
      expect((await app.request(`/export/${name}.csv`, bearer('let-me-in'))).status, name).toBe(401);
      expect((await app.request(`/export/${name}.csv`, bearer('let-me-read-all-of-it'))).status, name).toBe(
        200,
      );
    }
  });
});

describe('hostile and foreign text', () => {
  const TITLE = '=HYPERLINK("http://x","Überraschung 🎲, 大雨?")\r\n+1';

  it('is defused in every cell of a streamed CSV and whole in JSON', async () => {
    const rows = [
      market({ title: TITLE, outcome: '@Ja, "sí"' }),
      leaderFill(),
      attempt(),
      copyFill(),
      position(),
    ];
    const app = await withRows(rows);
    for (const name of ['leader-trades', 'attempts', 'fills', 'positions']) {
      const csv = await textOf(app, `/export/${name}.csv`);
      const cells = '"\'=HYPERLINK(""http://x"",""Überraschung 🎲, 大雨?"")\r\n+1","\'@Ja, ""sí"""\r\n';
      expect(csv.endsWith(cells), name).toBe(true);
      const [row] = await rowsOf(app, `/export/${name}.json`);
      expect(row).toMatchObject({ market: TITLE, outcome: '@Ja, "sí"' });
    }
  });

  it('arrives as UTF-8, over the seams of pages too', async () => {
    const app = await withRows([market({ title: 'Ω大🎲'.repeat(20) })]);
    app.fake.sqlite.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2099)
      INSERT INTO copy_fills SELECT 'PAPER', printf('f%05d', i), 'g', '${LEADER}', '${TOKEN}', 'BUY', 1, 1, 1, 0, ${AT} + i FROM n`);
    const response = await app.get('/export/fills.csv');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const lines = linesOf(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    expect(lines).toHaveLength(2_101);
    expect(lines.slice(1).every((line) => line.endsWith(`${'Ω大🎲'.repeat(20)},Yes`))).toBe(true);
  });

  it('is no way around the filters: a quote or a semicolon is only ever a value', async () => {
    const app = await withRows([market(), attempt()]);
    for (const text of ["rain' OR 1=1 --", '"; DROP TABLE markets; --', 'rain" OR "x']) {
      const answer = await app.get(`/export/attempts.json?market=${encodeURIComponent(text)}`);
      expect(answer.status).toBe(200);
    }
    const after = encodeURIComponent("1~x'--");
    expect((await app.get(`/export/attempts.json?after=${after}`)).status).toBe(400);
    expect(await rowsOf(app, '/export/attempts.json')).toHaveLength(1);
  });
});

describe('every table', () => {
  const ALL: readonly OutboxRecord[] = [
    market(),
    leaderFill(),
    attempt(),
    copyFill(),
    ledgerEntry(),
    snapshot(),
    liveOrder(),
    liveFill(),
    venuePosition(),
    difference(),
    position(),
    quarantined(),
    activity(),
  ];

  async function everything(): Promise<Harness> {
    const app = await withRows(ALL);
    await app.get('/users');
    const counts = [JSON.stringify([1, 2]), JSON.stringify({ BOOK_STALE: 3 })] as const;
    app.fake.sqlite
      .prepare(`INSERT INTO copy_stats VALUES ('PAPER', '', ?, 9, 1, 8, 0, 0, 9, 1, 0, ?, ?, ?, ?, 1)`)
      .run(AT - (AT % (24 * HOUR_MS)), counts[0], counts[0], counts[0], counts[1]);
    app.fake.sqlite
      .prepare(`INSERT INTO copy_stats VALUES ('PAPER', '', 0, 9, 1, 8, 0, 0, 9, 1, 0, ?, ?, ?, ?, 1)`)
      .run(counts[0], counts[0], counts[0], counts[1]);
    app.fake.sqlite
      .prepare("INSERT INTO day_sums VALUES ('fills', 'PAPER', ?, ?, 'BUY', 3, 4000000, 5)")
      .run(LEADER, AT - (AT % (24 * HOUR_MS)));
    return app;
  }

  it('goes out as CSV and as JSON, row for row, whichever mode is named', async () => {
    const app = await everything();
    for (const name of EXPORTS) {
      const csv = linesOf(await textOf(app, `/export/${name}.csv`));
      const rows = await rowsOf(app, `/export/${name}.json`);
      expect(rows.length, name).toBeGreaterThan(0);
      expect(csv, name).toHaveLength(rows.length + 1);
      expect(csv[0]).toBe(Object.keys(rows[0]!).join(','));
      expect(csv.join(), name).not.toMatch(/Micros|object Object|undefined/);
      expect((await app.get(`/export/${name}.json?mode=LIVE`)).status, name).toBe(200);
    }
  });

  it('names market and outcome behind the columns that programs know, and leaves unknown ones empty', async () => {
    const app = await everything();
    for (const name of [
      'leader-trades',
      'attempts',
      'fills',
      'live-orders',
      'live-fills',
      'positions',
      'venue-positions',
    ]) {
      const [head = '', row = ''] = linesOf(await textOf(app, `/export/${name}.csv`));
      expect(head, name).toMatch(/,market,outcome$/);
      expect(row, name).toMatch(/,Will it rain in Lisbon on Friday\?,Yes$/);
    }
    const unknown = await withRows([leaderFill()]);
    expect(await textOf(unknown, '/export/leader-trades.csv')).toMatch(/,group-1,,\r\n$/);
  });

  it('lists positions of both modes, open ones and those below zero, and closed ones when asked', async () => {
    const app = await withRows([
      position(),
      position({ tokenId: '2', shareMicros: 0n, realisedMicros: -1_500_000n }),
      position({ tokenId: '3', shareMicros: -2_000_000n }),
      position({ mode: 'LIVE', tokenId: '4' }),
      venuePosition(),
      venuePosition({ tokenId: '5', shareMicros: 0n }),
    ]);
    const tokens = async (path: string) => (await rowsOf(app, path)).map((row) => row.tokenId);
    expect(await tokens('/export/positions.json')).toEqual([TOKEN, '3']);
    expect(await tokens('/export/positions.json?closed=0')).toEqual([TOKEN, '3']);
    expect(await tokens('/export/positions.json?closed=1')).toEqual([TOKEN, '2', '3']);
    expect(await tokens('/export/positions.json?mode=LIVE')).toEqual(['4']);
    expect(await tokens(`/export/positions.json?leader=${OTHER_LEADER}`)).toEqual([]);
    // For programs: all that the venue ever reported.
    expect(await tokens('/export/venue-positions.json')).toEqual([TOKEN, '5']);
    expect(await tokens('/export/venue-positions.json?closed=0')).toEqual([TOKEN]);
    const [first] = await rowsOf(app, '/export/positions.json');
    expect(first).toMatchObject({ share: '11.9', cost: '4.998', markPrice: '0.45', market: null });
  });

  it('lists the followed users with how many settings of their own, and writes nothing to find them', async () => {
    const app = await withRows([]);
    expect(await rowsOf(app, '/export/users.json')).toEqual([]);
    expect(app.calls).toEqual([]);
    await app.get('/users');
    expect(await rowsOf(app, '/export/users.json')).toEqual([
      {
        leaderAddress: LEADER,
        label: 'Slow whale',
        paperEnabled: true,
        liveOverride: 'INHERIT',
        liveEntries: 'ON',
        followFrom: new Date(app.nowMs).toISOString(),
        removed: false,
        paperSettings: 0,
        liveSettings: 0,
      },
    ]);
    expect(linesOf(await textOf(app, '/export/users.csv?limit=1'))).toHaveLength(2);
    expect(linesOf(await textOf(app, `/export/users.csv?after=0~${LEADER}`))).toHaveLength(1);
  });

  it('shows who changed what and when, by day', async () => {
    const app = await withRows([]);
    const change = {
      action: 'saveSettings',
      subject: 'PAPER',
      field: 'rateBps',
      oldValue: '1',
      newValue: '=2',
    };
    for (const day of [0, 1, 2]) {
      await recordAudit(app.env.DB, {
        audit: [change],
        commandId: `c${day}`,
        actor: 'operator',
        nowMs: AT + day * 24 * HOUR_MS,
      });
    }
    const rows = await rowsOf(app, '/export/audit.json?from=2026-11-21&to=2026-11-21');
    expect(rows).toEqual([
      { auditNo: 3, at: '2026-11-21T12:00:00.000Z', ...change, commandId: 'c1', actor: 'operator' },
    ]);
    expect(await textOf(app, '/export/audit.csv')).toContain("rateBps,1,'=2,c0,operator");
    const { next } = JSON.parse(await textOf(app, '/export/audit.json?limit=2')) as { next: string };
    expect((await rowsOf(app, next)).map((row) => row.auditNo)).toEqual([3, 4]);
  });

  it('lists the statistics by day, and those of all days as such', async () => {
    const app = await everything();
    const rows = await rowsOf(app, '/export/statistics.json');
    expect(rows.map((row) => row.day)).toEqual(['ALL', '2026-11-20']);
    expect(rows[0]).toMatchObject({ slippage: ['1', '2'], reasons: { BOOK_STALE: '3' } });
    expect(await textOf(app, '/export/statistics.csv')).toContain(',1 2,1 2,1 2,BOOK_STALE=3\r\n');
    // All days are no day of any range.
    for (const query of ['to=2026-11-30', 'from=2026-11-01'])
      expect((await rowsOf(app, `/export/statistics.json?${query}`)).map((row) => row.day)).toEqual([
        '2026-11-20',
      ]);
  });

  it('lists one leader’s slice of the snapshots when one is named', async () => {
    const app = await withRows([snapshot(), snapshot({ leaderAddress: LEADER, equityMicros: 5_000_000n })]);
    expect((await rowsOf(app, '/export/snapshots.json')).map((row) => row.equity)).toEqual(['10123.45']);
    const slice = await rowsOf(app, `/export/snapshots.json?leader=${LEADER}`);
    expect(slice.map((row) => row.equity)).toEqual(['5']);
  });

  it('lists the markets that a few words mean', async () => {
    const app = await withRows([
      market(),
      market({ tokenId: '2', outcome: 'No' }),
      market({ tokenId: '3', conditionId: `0x${'e'.repeat(64)}`, title: 'Snow?' }),
    ]);
    const tokens = async (query: string) =>
      (await rowsOf(app, `/export/markets.json?${query}`)).map((row) => row.tokenId);
    expect(await tokens('')).toEqual([TOKEN, '2', '3']);
    expect(await tokens('market=lisbon')).toEqual([TOKEN, '2']);
  });
});

describe('a file of paper beside live', () => {
  it('stays below fifty queries, and the next goes on, with as many leaders as copies that gathered several', async () => {
    const rows = Array.from({ length: 200 }, (_, at) => {
      const own = {
        leaderAddress: `0x${String(at).padStart(40, '0')}`,
        conditionId: `0x${String(at).padStart(64, '0')}`,
        decidedAtMs: AT + at,
      };
      const key = `paper-${at}`;
      return [
        leaderFill({ ...own, fillId: key, groupKey: key }),
        attempt({ ...own, groupKey: key, idempotencyKey: key }),
        attempt({
          ...own,
          ...{ mode: 'LIVE', sourceType: 'BUFFER', groupKey: `live-${at}`, idempotencyKey: `live-${at}` },
        }),
        groupMember({ mode: 'LIVE', memberId: key, groupKey: `live-${at}` }),
      ];
    });
    const app = await withRows(rows.flat());
    let path: string | undefined = '/export/divergence.json';
    const joined: string[] = [];
    for (let files = 0; path !== undefined && files < 10; files += 1) {
      app.fake.queries.length = 0;
      const { data: copies, next } = JSON.parse(await textOf(app, path));
      expect(app.fake.queries.length).toBeLessThan(50);
      joined.push(...copies.map((row: { groupKey: string; joined: string }) => row.joined));
      path = next ?? undefined;
    }
    expect(joined.toSorted()).toEqual([...Array(200).fill('FILLS'), ...Array(200).fill('PART')]);
  });
});

describe('an export whose first pages have no row', () => {
  it('is whole in either format: paper beside live after fifty skipped copies', async () => {
    const skipped = Array.from({ length: 50 }, (_, at) => {
      const own = { groupKey: `skipped-${at}`, idempotencyKey: `skipped-${at}`, decidedAtMs: AT + at };
      return attempt({ ...own, decision: 'SKIP', reasons: ['CARRIED'], filledShareMicros: 0n });
    });
    const copied = ['one', 'two'].map((name, at) =>
      attempt({ groupKey: name, idempotencyKey: name, decidedAtMs: AT + 100 + at }),
    );
    const app = await withRows([market(), ...skipped, ...copied]);
    const rows = await rowsOf(app, '/export/divergence.json');
    expect(rows.map((row) => row.groupKey)).toEqual(['one', 'two']);
    expect(linesOf(await textOf(app, '/export/divergence.csv'))).toHaveLength(1 + copied.length);
  });
});

describe('the export of paper beside live', () => {
  const dollars = (amount: number): bigint => BigInt(Math.round(amount * 1_000_000));
  /** Paper 18 of 20 shares at 50¢; live 16, of which 15 were signed, 14 predicted at 51¢ and 12 filled at 52¢. */
  const copy = (name: string, clamps: CopyAttemptRecord['clamps'], decidedAtMs: number) => {
    const own = { groupKey: name, idempotencyKey: name, decidedAtMs, referencePriceMicros: dollars(0.5) };
    const paper = {
      filledShareMicros: dollars(18),
      filledNotionalMicros: dollars(9),
      feeMicros: dollars(0.1),
    };
    const real = {
      filledShareMicros: dollars(12),
      filledNotionalMicros: dollars(6.24),
      feeMicros: dollars(0.07),
    };
    const bound = { limitPriceMicros: dollars(0.53) };
    return [
      attempt({ ...own, ...bound, ...paper, clamps, targetShareMicros: dollars(20) }),
      attempt({ ...own, ...bound, ...real, clamps, mode: 'LIVE', targetShareMicros: dollars(16) }),
      liveOrder({
        ...bound,
        ...real,
        groupKey: name,
        idempotencyKey: name,
        orderKey: name,
        orderId: name,
        shareMicros: dollars(15),
        predictedShareMicros: dollars(14),
        predictedNotionalMicros: dollars(7.14),
        predictedFeeMicros: dollars(0.08),
      }),
    ];
  };
  const COMMON = {
    against: 'LIVE',
    joined: 'KEY',
    leaderPrice: '0.5',
    limitPrice: '0.53',
    paperShares: '18',
    paperPrice: '0.5',
    paperFee: '0.1',
    predictedShares: '14',
    predictedPrice: '0.51',
    predictedFee: '0.08',
    realShares: '12',
    realPrice: '0.52',
    realFee: '0.07',
    difference: '-2.79',
    // A cent of price for the twelve, and two shares gone; a cent for the twelve, a share not predicted, and two that paper missed.
    delay: '-0.88',
    spread: '0.62',
    fee: '-0.03',
    rounding: '-0.5',
  };

  it('has leader price, bound, predicted and real fill, and each part of the difference, in JSON and CSV (A55)', async () => {
    const app = await withRows([
      market(),
      ...copy('capped', [], AT),
      ...copy('raised', ['RAISED_TO_MIN_TRADE'], AT + 1_000),
    ]);
    const expected = [
      { ...COMMON, groupKey: 'capped', minimum: '0', cap: '-2' },
      { ...COMMON, groupKey: 'raised', minimum: '-2', cap: '0' },
    ];
    expect(await rowsOf(app, '/export/divergence.json')).toMatchObject(expected);
    const [titles = '', ...lines] = linesOf(await textOf(app, '/export/divergence.csv'));
    const rows = lines.map((line) => {
      const cells = line.split(',');
      return Object.fromEntries(titles.split(',').map((title, at) => [title, cells[at]]));
    });
    expect(rows).toMatchObject(expected);
  });
});
