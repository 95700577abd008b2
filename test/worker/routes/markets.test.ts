// Markets and one market, through the front door: exposure, books as they are now, filters, the blacklists.
import { describe, expect, it } from 'vitest';
import { parseTokenId } from '../../../domain/ids.ts';
import type { Book } from '../../../domain/market/book.ts';
import { price, shares } from '../../../domain/money.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { listAudit, readControl } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { AT, attempt, CONDITION, LEADER, leaderFill, market, position, TOKEN } from '../../ledger/records.ts';
import { type Harness, signedIn, textOf, wordsIn } from '../harness.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';
const OTHER = `0x${'d'.repeat(64)}`;

async function withRows(rows: readonly OutboxRecord[]): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
  await writeOutbox(app.env.DB, rows);
  // The first look makes the control document.
  await app.get('/markets');
  app.calls.length = 0;
  return app;
}

const wordsOf = async (app: Harness, path: string): Promise<string> => wordsIn(await textOf(app, path));

const level = (at: bigint, size: bigint) => ({ priceMicros: price(at), shareMicros: shares(size) });
const BOOK: Book = {
  tokenId: parseTokenId(TOKEN)!,
  bids: [level(440_000n, 100_000_000n), level(400_000n, 900_000_000n)],
  asks: [level(460_000n, 50_000_000n), level(480_000n, 50_000_000n), level(600_000n, 900_000_000n)],
  asOfMs: AT + 58_000,
  hash: 'by the test',
};
const HELD = [
  market(),
  position({ shareMicros: 100_000_000n, markPriceMicros: 450_000n }),
  position({ mode: 'LIVE', shareMicros: 10_000_000n, markPriceMicros: 450_000n }),
];

describe('Markets', () => {
  it('shows what both wallets have at risk, and spread and depth as they are now', async () => {
    const app = await withRows(HELD);
    app.books = [BOOK];
    const words = await wordsOf(app, '/markets');
    // The higher of cost and value: $45.00 of a value, $5.00 of a cost.
    expect(words).toContain('$45.00 $5.00 2');
    // Within two cents of the best: $44 of bids, $23 + $24 of asks.
    expect(words).toContain('2¢ $44.00 / $47.00');
    expect(app.calls.filter(({ call }) => call === 'glance')).toHaveLength(1);
  });

  it('has dashes where the book is not watched or the feed does not answer, and never asks the venue for a list', async () => {
    const app = await withRows(HELD);
    expect(await wordsOf(app, '/markets')).toContain('– – Never on paper');
    app.silent.add('feed:feed');
    expect(await wordsOf(app, '/markets')).toContain('– – Never on paper');
  });

  it('finds markets by words or by condition, and narrows them by state', async () => {
    const app = await withRows([
      market(),
      market({ tokenId: '9', conditionId: OTHER, title: 'Snow in Oslo', acceptingOrders: false }),
    ]);
    expect(await wordsOf(app, '/markets')).toContain('Nothing is held');
    expect(await wordsOf(app, '/markets?q=snow')).toContain('Snow in Oslo');
    expect(await wordsOf(app, `/markets?q=${OTHER}`)).toContain('Snow in Oslo');
    expect(await wordsOf(app, '/markets?q=snow&state=ACTIVE')).not.toContain('Snow in Oslo Takes');
    expect(await wordsOf(app, '/markets?q=snow&state=CLOSED')).toContain('Snow in Oslo');
    expect(await wordsOf(app, '/markets?q=snow&state=NONSENSE')).toContain('Snow in Oslo');
  });

  it('shows titles as text', async () => {
    const app = await withRows([
      ...HELD.slice(1),
      market({ title: HOSTILE, outcome: HOSTILE, slug: HOSTILE }),
    ]);
    for (const path of ['/markets', `/markets/${CONDITION}`])
      expect(await (await app.get(path)).text(), path).not.toContain('<img');
  });
});

describe('the blacklist', () => {
  const press = (app: Harness, fields: Record<string, string>) =>
    app.post('/markets/blacklist', {
      conditionId: CONDITION,
      mode: 'LIVE',
      listed: 'yes',
      commandId: 'press-one',
      ...fields,
    });

  it('takes a market for one wallet alone, with an audit row, and lets it go again (W16)', async () => {
    const app = await withRows(HELD);
    expect((await press(app, {})).status).toBe(303);
    let control = (await readControl(app.env.DB))!;
    expect(control.settings.LIVE.marketBlacklist).toEqual([CONDITION]);
    expect(control.settings.PAPER.marketBlacklist).toEqual([]);
    expect((await listAudit(app.env.DB, 1))[0]).toMatchObject({
      action: 'setBlacklisted',
      subject: 'LIVE',
      field: CONDITION,
      oldValue: 'allowed',
      newValue: 'never bought',
    });
    expect(app.calls.some(({ object, call }) => object === 'wallet:live' && call === 'applyControl')).toBe(
      true,
    );
    expect(await wordsOf(app, '/markets?state=BLACKLISTED')).toContain('Allow on live');
    await press(app, { listed: 'no', commandId: 'press-two' });
    control = (await readControl(app.env.DB))!;
    expect(control.settings.LIVE.marketBlacklist).toEqual([]);
  });

  it.each([
    ['no such market', { conditionId: '0x12' }],
    ['no such wallet', { mode: 'BOTH' }],
    ['neither yes nor no', { listed: 'maybe' }],
  ])('refuses %s and changes nothing', async (_what, fields) => {
    const app = await withRows(HELD);
    const before = (await readControl(app.env.DB))!.version;
    expect((await press(app, fields)).status).toBe(422);
    expect((await readControl(app.env.DB))!.version).toBe(before);
  });
});

describe('one market', () => {
  it('shows its books with levels, our positions, decisions and leader trades, and asks the venue for a book it lacks', async () => {
    const app = await withRows([...HELD, attempt(), leaderFill()]);
    app.books = [BOOK];
    const words = await wordsOf(app, `/markets/${CONDITION}`);
    for (const text of ['44¢ / 46¢', '100.00 44¢ 46¢ 50.00', 'Copied', 'Slow whale', '$45.00'])
      expect(words).toContain(text);
    expect(words).toContain('Age of the book 2.0 s');
  });

  it('is there, with dashes, for a market that D1 does not know yet, and not for what is no condition', async () => {
    const app = await withRows([]);
    expect(await wordsOf(app, `/markets/${OTHER}`)).toContain('A market that is not known yet');
    expect((await app.get('/markets/oslo')).status).toBe(404);
  });
});
