// What the operator says about owed exits, sales by hand and closing everything: what the Wallet is asked, once for each press,
// what is recorded, and what the operator reads when it is refused.
import { describe, expect, it } from 'vitest';
import { parseSliceOwner, parseTokenId } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';
import type { PositionMark } from '../../../domain/records/status.ts';
import type { CloseCommand } from '../../../durable-objects/rpc.ts';
import { listAudit } from '../../../ledger/write/control-store.ts';
import { LEADER, OTHER_LEADER, TOKEN } from '../../ledger/records.ts';
import { type Harness, textOf, withRows, wordsIn } from '../harness.ts';
import { heldOf, owedExit, worthAt } from '../statuses.ts';

const MODES = ['PAPER', 'LIVE'] as const;
const asked = (app: Harness, call: string) => app.calls.filter((one) => one.call === call);
/** The app once it has written what a first start writes. */
const started = async (): Promise<Harness> => {
  const app = await withRows([]);
  await textOf(app, '/status');
  app.calls.length = 0;
  return app;
};
const POSITION = { leaderAddress: LEADER, tokenId: TOKEN };

describe.each(MODES)('owed exits of %s', (mode) => {
  const object = `wallet:${mode.toLowerCase()}`;
  const listed = `${LEADER}:${TOKEN}:40000000 ${OTHER_LEADER}:${TOKEN}:5000000`;
  const back = `/exits?mode=${mode}`;

  it.each([
    ['kept', '/exits/keep', 'KEEP', 'keepExit', 'kept'],
    ['tried again', '/exits/try', 'TRY_AGAIN', 'tryExitAgain', 'tried again'],
  ])('are %s one by one, with an audit row', async (_what, path, action, name, newValue) => {
    const app = await started();
    const response = await app.post(path, { mode, ...POSITION });
    expect([response.status, response.headers.get('location')]).toEqual([303, back]);
    expect(asked(app, 'commandExit')).toEqual([
      { object, call: 'commandExit', value: { action, exit: POSITION } },
    ]);
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { action: `${name} ${mode}`, subject: LEADER, field: TOKEN, newValue },
    ]);
  });

  it('that are held are confirmed as they were listed', async () => {
    const app = await started();
    app.exitAnswer = { kind: 'done', rows: 2 };
    const response = await app.post('/exits/confirm', { mode, exits: listed });
    expect([response.status, response.headers.get('location')]).toEqual([303, back]);
    expect(asked(app, 'commandExit')).toEqual([
      {
        object,
        call: 'commandExit',
        value: {
          action: 'RELEASE',
          exit: null,
          listed: [
            { ...POSITION, shareMicros: 40_000_000n },
            { ...POSITION, leaderAddress: OTHER_LEADER, shareMicros: 5_000_000n },
          ],
        },
      },
    ]);
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { action: 'confirmExits', subject: mode, oldValue: '2', newValue: '2' },
    ]);
  });

  it('say why they are not sold, and how many of the list are not', async () => {
    const app = await started();
    app.exitAnswer = { kind: 'refused', reason: 'trading is not ON for this leader' };
    for (const [path, fields] of [
      ['/exits/keep', { mode, ...POSITION }],
      ['/exits/try', { mode, ...POSITION }],
      ['/exits/confirm', { mode, exits: listed }],
    ] as const) {
      const response = await app.post(path, fields);
      expect([response.status, wordsIn(await response.text())]).toEqual([
        422,
        expect.stringContaining('trading is not ON for this leader.'),
      ]);
    }
    app.exitAnswer = { kind: 'done', rows: 1 };
    const response = await app.post('/exits/confirm', { mode, exits: listed });
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('1 of 2 are sold now'),
    ]);
  });

  it.each(['', 'x', `${LEADER}:${TOKEN}`, `${LEADER}:all:1`, `${listed} ${LEADER}:${TOKEN}:-1`])(
    'are not confirmed by a list that is not readable (%s)',
    async (exits) => {
      const app = await started();
      expect((await app.post('/exits/confirm', { mode, exits })).status).toBe(422);
      expect(asked(app, 'commandExit')).toEqual([]);
    },
  );
});

describe.each(MODES)('a sale by hand of %s', (mode) => {
  const object = `wallet:${mode.toLowerCase()}`;
  const SALE = { mode, leader: LEADER, token: TOKEN, shares: '12.5', bidMin: '0.4753' };
  const held = async () => {
    const app = await started();
    app.worth[mode] = worthAt(app.nowMs, { positions: [heldOf()] });
    return app;
  };
  const errors = async (app: Harness, change: Partial<typeof SALE> = {}) => {
    const response = await app.post('/sell', { ...SALE, ...change });
    expect(response.status).toBe(422);
    return wordsIn(await response.text());
  };

  it('is asked of the Wallet under the id of the press, with the lowest bid that was shown', async () => {
    const app = await held();
    const response = await app.post('/sell', { ...SALE, commandId: 'press-0001:sell' });
    const portfolio = mode === 'PAPER' ? '/paper-portfolio' : '/real-portfolio';
    expect([response.status, response.headers.get('location')]).toEqual([303, portfolio]);
    const value = {
      commandId: 'press-0001:sell',
      ...POSITION,
      shareMicros: 12_500_000n,
      bidPriceMicrosMin: 475_300n,
    };
    expect(asked(app, 'closePosition')).toEqual([{ object, call: 'closePosition', value }]);
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { action: `closePosition ${mode}`, subject: LEADER, field: TOKEN, newValue: 'accepted' },
    ]);
  });

  it.each([
    ['give a number of shares', { shares: 'all' }],
    ['give a number of shares', { shares: '-3' }],
    ['give a number of shares', { shares: '' }],
    ['give a number of shares', { shares: '1e3' }],
    ['give more than zero shares', { shares: '0.00' }],
    ['there was no bid to sell at', { bidMin: '' }],
    ['there was no bid to sell at', { bidMin: '0' }],
  ])('says "%s" of %o, and asks nothing', async (words, change) => {
    const app = await held();
    expect(await errors(app, change)).toContain(words);
    expect(asked(app, 'closePosition')).toEqual([]);
  });

  it.each([
    ['leader', 'nobody'],
    ['token', 'all'],
    ['mode', 'BOTH'],
  ])('names no position with the %s "%s"', async (field, value) => {
    const app = await held();
    const response = await app.post('/sell', { ...SALE, [field]: value });
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('no such position'),
    ]);
    expect(asked(app, 'closePosition')).toEqual([]);
  });

  it('names the field that the Wallet refused, keeps what was typed, and gives the next press an id of its own', async () => {
    const app = await held();
    app.closeAnswer = { kind: 'refused', about: 'shares', reason: 'only 10 are held' };
    const response = await app.post('/sell', { ...SALE, commandId: 'press-0001:sell' });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toMatch(/field wrong.*Shares to sell.*value="12.5".*only 10 are held/s);
    expect(html).not.toContain('press-0001');
  });

  it.each([
    ['only 10 are held', { kind: 'refused', about: 'shares', reason: 'only 10 are held' }],
    [
      'the best bid has fallen',
      { kind: 'refused', about: 'price', reason: 'the best bid has fallen to $0.3' },
    ],
    ['trading is off', { kind: 'refused', about: 'other', reason: 'trading is off for this leader' }],
    ['Nothing was sold', { kind: 'shadow' }],
    [
      'The spread is too wide; The channel for our own orders has been down too long.',
      { kind: 'skipped', reasons: ['SPREAD_TOO_WIDE', 'LIVE_WS_DOWN'], orderShareMicrosMin: null },
    ],
    [
      'below the venue’s minimum. It takes 5.00 shares and $1.',
      { kind: 'skipped', reasons: ['BELOW_MIN_ORDER_SIZE'], orderShareMicrosMin: shares(5_000_000n) },
    ],
  ] as const)('says "%s" when it was not sold', async (words, answer) => {
    const app = await held();
    app.closeAnswer = answer;
    expect(await errors(app)).toContain(words);
    expect((await listAudit(app.env.DB, 1))[0]?.newValue).toMatch(/^refused: /);
  });

  it('says that it is not known when the Wallet does not answer', async () => {
    const app = await held();
    app.silent.add(object);
    const response = await app.post('/sell', SALE);
    expect([response.status, await response.text()]).toEqual([
      503,
      expect.stringContaining('not known whether'),
    ]);
    // It may be sold all the same: the log says who asked for it.
    expect((await listAudit(app.env.DB, 1)).map((row) => row.newValue)).toEqual(['no answer']);
  });
});

describe.each(MODES)('closing everything on %s', (mode) => {
  const tokens = Array.from({ length: 45 }, (_, at) => parseTokenId(String(1_000 + at))!);
  const all = async (positions: readonly PositionMark[]) => {
    const app = await started();
    app.worth[mode] = worthAt(app.nowMs, { positions });
    return app;
  };
  const CLOSE = { mode, confirmation: `CLOSE ${mode}`, commandId: 'press-0001:close' };
  const sold = (app: Harness) => asked(app, 'closePosition').map((one) => one.value as CloseCommand);

  it.each(['', 'CLOSE', `close ${mode.toLowerCase()}`, mode === 'PAPER' ? 'CLOSE LIVE' : 'CLOSE PAPER'])(
    'needs its own words typed, not "%s"',
    async (confirmation) => {
      const app = await all([heldOf()]);
      const response = await app.post('/close', { ...CLOSE, confirmation });
      expect([response.status, await response.text()]).toEqual([
        422,
        expect.stringContaining(`type CLOSE ${mode}, in capitals`),
      ]);
      expect(sold(app)).toEqual([]);
    },
  );

  it('sells all of each position that can be sold, and lists what was refused and why', async () => {
    const external = heldOf({ leaderAddress: parseSliceOwner('external')!, tokenId: tokens[3]! });
    const dust = heldOf({ tokenId: tokens[2]!, shareMicros: shares(9_999n) });
    const app = await all([heldOf({ tokenId: tokens[1]! }), external, dust, heldOf({ tokenId: tokens[0]! })]);
    app.closeAnswer = ({ tokenId }) =>
      tokenId === tokens[0]
        ? { kind: 'refused', about: 'price', reason: 'there is no bid for these shares now' }
        : { kind: 'accepted' };
    const words = wordsIn(await (await app.post('/close', CLOSE)).text());
    expect(sold(app)).toEqual(
      [tokens[0], tokens[1]].map((tokenId) => ({
        commandId: `press-0001:close:${LEADER}:${tokenId}`,
        leaderAddress: LEADER,
        tokenId,
        shareMicros: null,
      })),
    );
    expect(words).toContain('1 accepted, 1 refused');
    expect(words).toContain('there is no bid for these shares now');
    expect(words).not.toContain('Go on');
    expect(await listAudit(app.env.DB, 2)).toMatchObject([
      { action: `closePosition ${mode}`, field: tokens[1], newValue: 'accepted' },
      { action: `closePosition ${mode}`, field: tokens[0], newValue: expect.stringContaining('refused') },
    ]);
  });

  it('goes on with the rest under the same press, each position once', async () => {
    const app = await all(tokens.map((tokenId) => heldOf({ tokenId })));
    let fields: Record<string, string> = CLOSE;
    for (const left of [25, 5, 0]) {
      const html = await (await app.post('/close', fields)).text();
      expect(html.includes('Go on with the rest')).toBe(left > 0);
      if (left > 0) expect(html).toContain(`${left} positions are left.`);
      const form = html.slice(html.indexOf('action="/close"'));
      const input = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(form)?.[1] ?? '';
      fields = Object.fromEntries(
        ['mode', 'confirmation', 'commandId', 'after'].map((name) => [name, input(name)]),
      );
    }
    expect(sold(app).map((one) => one.tokenId)).toEqual(tokens);
    expect(new Set(sold(app).map((one) => one.commandId)).size).toBe(45);
  });

  it('asks for the same sales under the same ids when the press is repeated', async () => {
    const app = await all([heldOf()]);
    await app.post('/close', CLOSE);
    await app.post('/close', CLOSE);
    const [first, second] = sold(app);
    expect(second).toEqual(first);
  });

  it('says of a sale without an answer that it is not known, and goes on', async () => {
    const app = await all([heldOf({ tokenId: tokens[0]! }), heldOf({ tokenId: tokens[1]! })]);
    app.closeAnswer = ({ tokenId }) => {
      if (tokenId === tokens[0]) throw new Error('reset');
      return { kind: 'accepted' };
    };
    const words = wordsIn(await (await app.post('/close', CLOSE)).text());
    expect(words).toContain('1 accepted, 1 refused');
    expect(words).toContain('not known whether this was sold');
    const audit = (await listAudit(app.env.DB, 10)).filter((row) => row.action.startsWith('closePosition'));
    expect(audit.map((row) => row.newValue).sort()).toEqual(['accepted', 'no answer']);
  });

  it('says what became of the sales while D1 is down', async () => {
    const app = await all([heldOf()]);
    app.fake.failing(true);
    const response = await app.post('/close', CLOSE);
    expect([response.status, wordsIn(await response.text())]).toEqual([
      200,
      expect.stringContaining('1 accepted, 0 refused'),
    ]);
  });
});

it('a sale of an owed exit shows the leader’s price and what the bid costs against it', async () => {
  const app = await started();
  app.worth.LIVE = worthAt(app.nowMs, { positions: [heldOf()], owedExits: [owedExit()] });
  const response = await app.get(`/sell?mode=LIVE&leader=${LEADER}&token=${TOKEN}&shares=40`);
  expect(wordsIn(await response.text())).toContain('The leader sold at 55¢');
});
