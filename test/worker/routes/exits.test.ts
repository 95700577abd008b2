// What people see about exits: what needs attention, what a Wallet owes, the price before a sale by hand.
import { describe, expect, it } from 'vitest';
import { parseTokenId } from '../../../domain/ids.ts';
import type { Book } from '../../../domain/market/book.ts';
import { price, shares } from '../../../domain/money.ts';
import type { OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import { LEADER, market, position, TOKEN, venuePosition } from '../../ledger/records.ts';
import { type Harness, textOf, withRows, wordsIn } from '../harness.ts';
import { heldOf, owedExit, worthAt } from '../statuses.ts';

const MODES = ['PAPER', 'LIVE'] as const;
const PAGES = { PAPER: '/paper-portfolio', LIVE: '/real-portfolio' } as const;
const ROWS = [market(), position(), position({ mode: 'LIVE' }), venuePosition()];

describe('needs attention', () => {
  const NONE = { owed: 0, held: 0, blocked: 0, expired: 0, waiting: 0 };

  it('names what each Wallet owes, in counts, with the way to the list', async () => {
    const app = await withRows(ROWS);
    app.liveStatus = { owedExits: { ...NONE, owed: 2, held: 3, blocked: 1, expired: 4 } };
    const html = await textOf(app, '/');
    expect(wordsIn(html)).toContain(
      'Live owes 10 exits: 2 tried again by itself, 3 held until you confirm, 1 refused by the venue, 4 tried for too long.',
    );
    expect(html).toContain('href="/exits?mode=LIVE"');
    expect(html).not.toContain('Paper owes');
  });

  it('does not name what only waits for the leader’s next exit', async () => {
    const app = await withRows(ROWS);
    app.liveStatus = { owedExits: { ...NONE, waiting: 5 } };
    expect(await textOf(app, '/')).not.toContain('owes');
  });
});

describe.each(MODES)('what %s owes', (mode) => {
  const pages = [PAGES[mode], `/exits?mode=${mode}`, `/part/exits?mode=${mode}`];
  const owing = async (...rows: readonly OwedExit[]): Promise<Harness> => {
    const app = await withRows(ROWS);
    app.worth[mode] = worthAt(app.nowMs, { positions: [heldOf()], owedExits: rows });
    return app;
  };

  it.each(pages)(
    'is on %s: market, leader, shares, worth, cause, what happens, age, next look, tries',
    async (path) => {
      const app = await owing(owedExit());
      const words = wordsIn(await textOf(app, path));
      for (const shown of [
        'Slow whale',
        'Will it rain in Lisbon on Friday?',
        '40.00',
        '$20.00 at 50¢',
        'The order met no liquidity',
        'Tried again by itself',
        '11 min',
        'in 1 min',
      ])
        expect(words, shown).toContain(shown);
    },
  );

  it('has a way to sell it now, which shows the price first, and a button to keep it', async () => {
    const html = await textOf(await owing(owedExit()), pages[0]!);
    expect(html).toContain(`href="/sell?mode=${mode}&amp;leader=${LEADER}&amp;token=${TOKEN}&amp;shares=40"`);
    expect(html).toContain('action="/exits/keep"');
    expect(html).not.toContain('action="/exits/confirm"');
  });

  it.each([
    ['BLOCKED', true],
    ['EXPIRED', true],
    ['OWED', false],
    ['HELD', false],
    ['TOO_SMALL', false],
  ] as const)('%s has a button to try it again: %s', async (state, has) => {
    const html = await textOf(await owing(owedExit({ state, nextLookAtMs: null })), pages[1]!);
    expect(html.includes('action="/exits/try"')).toBe(has);
    expect(wordsIn(html).includes('Try again')).toBe(has);
  });

  it('lists the held sales that one button confirms, and no other', async () => {
    const other = parseTokenId('22')!;
    const html = await textOf(
      await owing(owedExit(), owedExit({ state: 'HELD', tokenId: other })),
      pages[1]!,
    );
    expect(html).toContain('Confirm 1 held sale<');
    expect(html).toContain(`name="exits" value="${LEADER}:22:40000000"`);
    expect(wordsIn(html)).toContain('Held until you confirm it');
  });

  it('is never red for dust, which stands last', async () => {
    const dust = owedExit({ state: 'TOO_SMALL', cause: 'BELOW_MIN_ORDER_SIZE', nextLookAtMs: null });
    const blocked = owedExit({ state: 'BLOCKED', cause: 'LIVE_ORDER_REJECTED', nextLookAtMs: null });
    const html = await textOf(await owing(dust, blocked), pages[1]!);
    const [first, second] = ['sell it or keep it', 'Too small to sell'].map((words) => html.indexOf(words));
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first!);
    expect(html).not.toContain('class="error"');
  });

  it('lists no more rows than it names, and says how many more there are', async () => {
    const many = Array.from({ length: 61 }, (_, at) =>
      owedExit({ tokenId: parseTokenId(String(500 + at))! }),
    );
    expect(wordsIn(await textOf(await owing(...many), pages[1]!))).toContain('And 1 more.');
  });

  it('is said to be nothing, and not known while the Wallet does not answer', async () => {
    const app = await owing();
    for (const path of pages) expect(await textOf(app, path)).toContain('No exit is owed.');
    delete app.worth[mode];
    for (const path of pages) expect(await textOf(app, path)).toContain('what it owes is not known');
  });
});

describe.each(MODES)('selling a position of %s by hand', (mode) => {
  const path = `/sell?mode=${mode}&leader=${LEADER}&token=${TOKEN}`;
  const level = (cents: bigint, count: bigint) => ({
    priceMicros: price(cents * 10_000n),
    shareMicros: shares(count * 1_000_000n),
  });
  const offered = async (bids: Book['bids'] | undefined): Promise<Harness> => {
    const app = await withRows(ROWS);
    app.worth[mode] = worthAt(app.nowMs, { positions: [heldOf()] });
    const book = {
      tokenId: heldOf().tokenId,
      bids: bids ?? [],
      asks: [],
      asOfMs: app.nowMs - 2_000,
      hash: '',
    };
    app.books = [bids === undefined ? null : book];
    return app;
  };

  it.each([PAGES[mode], `/users/${LEADER}?mode=${mode}`])('is linked on %s', async (page) => {
    expect(await textOf(await offered([]), page)).toContain(
      `href="/sell?mode=${mode}&amp;leader=${LEADER}&amp;token=${TOKEN}"`,
    );
  });

  it('shows bid, age, shares and what the bids bring before the button, all of it unless a part is asked for', async () => {
    // 3 % below 49 cents is 47.53 cents: the third bid is too low.
    const app = await offered([level(49n, 30n), level(48n, 40n), level(47n, 500n)]);
    const html = await textOf(app, path);
    const words = wordsIn(html);
    for (const shown of [
      'Held 100.00 shares',
      'Best bid 49¢ 2.0 s old',
      '100.00 shares at the best bid $49.00',
      '$33.90 70.00 shares, down to 47.53¢',
      'Sell at the bid',
    ])
      expect(words, shown).toContain(shown);
    expect(html).toContain('name="shares" inputmode="decimal" value="100"');
    expect(html).toContain('name="bidMin" value="0.4753"');
    expect(wordsIn(await textOf(app, `${path}&shares=10`))).toContain('10.00 shares at the best bid $4.90');
  });

  it('has no button to sell while nobody bids or the book is not known', async () => {
    for (const bids of [[], undefined]) {
      const html = await textOf(await offered(bids), path);
      expect(html).toContain('There is no bid for these shares now');
      expect(html).not.toContain('Sell at the bid');
    }
  });

  it('says what it does not hold, and what it does not know', async () => {
    const app = await offered([level(49n, 30n)]);
    expect(await textOf(app, path.replace(TOKEN, '22'))).toContain('Nothing of this is held.');
    delete app.worth[mode];
    expect(await textOf(app, path)).toContain('what it holds is not known');
  });

  it.each(['', `?mode=${mode}`, `?mode=${mode}&leader=x&token=1`, `?mode=BOTH&leader=${LEADER}&token=1`])(
    'is not found at /sell%s',
    async (query) => {
      expect((await (await offered([])).get(`/sell${query}`)).status).toBe(404);
    },
  );
});

describe.each(MODES)('closing everything on %s', (mode) => {
  it('says how many positions there are, their worth and its time, and what must be typed', async () => {
    const app = await withRows(ROWS);
    app.worth[mode] = worthAt(app.nowMs, {
      positions: [heldOf(), heldOf({ tokenId: parseTokenId('22')!, markPriceMicros: null })],
    });
    const words = wordsIn(await textOf(app, `/close?mode=${mode}`));
    expect(words).toContain('2 positions, worth $50.00 at their marks of');
    expect(words).toContain(`Type CLOSE ${mode}`);
    expect(await textOf(app, PAGES[mode])).toContain(`href="/close?mode=${mode}"`);
  });

  it('has nothing to type while nothing is held, or nothing is known', async () => {
    const app = await withRows(ROWS);
    expect(await textOf(app, `/close?mode=${mode}`)).toContain('what it holds is not known');
    app.worth[mode] = worthAt(app.nowMs);
    const html = await textOf(app, `/close?mode=${mode}`);
    expect(html).toContain('Nothing is held that could be sold.');
    expect(html).not.toContain('name="confirmation"');
  });
});
