/** Live feed frames: what becomes a row, what is ignored, what is refused, and that nothing throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseRtdsFrame,
  RTDS_FRAME_CHARS_MAX,
  rtdsSubscribeFrames,
} from '../../../polymarket/public/rtds-frame.ts';
import { CONDITION, fixture, LEADER, TOKEN_1, TX_HASH } from '../fixture.ts';

const TRADE = fixture('rtds-trade.json');

function frame(change: Record<string, unknown>): string {
  const json = JSON.parse(TRADE);
  return JSON.stringify({ ...json, payload: { ...json.payload, ...change } });
}

function rowsOf(text: string) {
  const parsed = parseRtdsFrame(text);
  if (parsed.kind !== 'rows') throw new Error('ignored');
  return parsed;
}

describe('the live feed', () => {
  it('lower-cases wallet and hash, makes seconds milliseconds, and cuts float noise off the price', () => {
    expect(parseRtdsFrame(TRADE)).toEqual({
      kind: 'rows',
      source: 'RTDS_TRADES',
      refused: [],
      rows: [
        {
          txHash: TX_HASH,
          leaderAddress: LEADER,
          tokenId: TOKEN_1,
          conditionId: CONDITION,
          side: 'BUY',
          shareMicros: 16_129_032n,
          priceMicros: 619_999n,
          // floor(0.619999 × 16.129032): the venue did not say.
          notionalMicros: 9_999_983n,
          eventAtMs: 1_790_000_000_000,
          title: 'Will it rain?',
          slug: 'will-it-rain',
          outcome: 'Yes',
        },
      ],
    });
  });

  it('distinguishes taker rows from all rows, and reads a frame without a wrapper by its shape', () => {
    const matched = rowsOf(fixture('rtds-matched.json'));
    const bare = rowsOf(fixture('rtds-bare.json'));
    expect(matched.source).toBe('RTDS_MATCHED');
    expect(bare.source).toBe('RTDS_TRADES');
    expect(bare.rows).toEqual(matched.rows);
  });

  it('takes several rows from one frame and keeps the good ones beside a bad one (W5)', () => {
    const many = `[${TRADE},${frame({ size: -1 })},${fixture('rtds-matched.json')}]`;
    const { rows, refused, source } = rowsOf(many);
    expect(rows.map((row) => row.side)).toEqual(['BUY', 'SELL']);
    expect(refused.map((entry) => entry.reason)).toEqual(['size: not a decimal above 0']);
    expect(source).toBe('RTDS_TRADES');
  });

  it.each([
    '',
    'PONG',
    'NO NEW ASSETS',
    '{"topic":"crypto_prices","payload":{"value":1}}',
    '{"connectionId":"x"}',
    '[]',
  ])('ignores %j', (text) => {
    expect(parseRtdsFrame(text)).toEqual({ kind: 'ignored' });
  });

  it.each([
    ['a truncated frame', TRADE.slice(0, 200), 'frame: not JSON'],
    ['a huge frame', `[${' '.repeat(RTDS_FRAME_CHARS_MAX)}]`, 'frame: 1048578 characters is too large'],
    [
      'a refused subscription',
      '{"statusCode":400,"body":{"message":"no"}}',
      'statusCode: the feed answered 400',
    ],
    ['a wallet that is none', frame({ proxyWallet: '0x12' }), 'proxy_wallet: not a wallet address'],
    ['a missing wallet', frame({ proxyWallet: undefined }), 'proxy_wallet: missing'],
    ['a missing hash', frame({ transactionHash: null }), 'transaction_hash: not a transaction hash'],
    ['a token id that lost its digits', frame({ asset: 7.132104567925221e76 }), 'token_id: not a token id'],
    ['a size of nothing', frame({ size: 0 }), 'size: not a decimal above 0'],
    ['a size with an exponent', frame({ size: 1e-7 }), 'size: not a decimal above 0'],
    ['a size beyond what is stored', frame({ size: '99999999999' }), 'size: not a decimal above 0'],
    ['a price above one', frame({ price: 1.01 }), 'price: not a price from 0 to 1'],
    ['a price below zero', frame({ price: -0.1 }), 'price: not a price from 0 to 1'],
    ['an unknown side', frame({ side: 'HOLD' }), 'side: '],
    ['a time in microseconds', frame({ timestamp: 1_790_000_000_000_000 }), 'timestamp: not a time'],
    ['a time of never', frame({ timestamp: 0 }), 'timestamp: not a time'],
    ['a payload of another kind', '{"topic":"activity","type":"trades","payload":"x"}', 'row: not an object'],
    ['a combo', frame({ conditionId: `0x03${'0'.repeat(60)}` }), 'combo: not tradable on the book'],
    ['a combo by its flag', frame({ isCombo: true }), 'combo: not tradable on the book'],
  ])('refuses %s by name', (_what, text, reason) => {
    const { rows, refused } = rowsOf(text);
    expect(rows).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.reason).toContain(reason);
    expect(refused[0]!.excerpt.length).toBeLessThanOrEqual(300);
  });

  it('keeps a v1 market whose condition begins with 03: only the 31-byte form is a combo', () => {
    expect(rowsOf(frame({ conditionId: `0x03${'0'.repeat(62)}` })).rows).toHaveLength(1);
  });

  it('drops rows of wallets that are not followed, whatever else is wrong with them, and keeps the others', () => {
    const isFollowed = (address: string) => address === LEADER;
    const stranger = frame({ proxyWallet: `0x${'9'.repeat(40)}`, size: 'x' });
    const parsed = parseRtdsFrame(`[${stranger},${TRADE}]`, { isFollowed });
    expect(parsed).toMatchObject({ kind: 'rows', refused: [], rows: [{ leaderAddress: LEADER }] });
  });

  it('cuts hostile names short and takes none that is not text', () => {
    const { rows } = rowsOf(frame({ title: 'x'.repeat(5_000), slug: { a: 1 }, outcome: null }));
    expect(rows[0]).toMatchObject({ title: 'x'.repeat(300), slug: '', outcome: '' });
  });

  it('counts a flood of rubbish instead of keeping it', () => {
    const { refused } = rowsOf(`[${Array(500).fill('7').join(',')}]`);
    expect(refused).toHaveLength(101);
    expect(refused.at(-1)!.reason).toBe('and 400 more refused');
  });

  it('survives nesting deeper than the stack', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(() => parseRtdsFrame(deep)).not.toThrow();
    expect(() => parseRtdsFrame(frame({ size: 'DEEP' }).replace('"DEEP"', deep))).not.toThrow();
  });

  it('asks for both kinds, each by itself, with the action that makes the server answer', () => {
    expect(rtdsSubscribeFrames().map((text) => JSON.parse(text))).toEqual(
      ['orders_matched', 'trades'].map((type) => ({
        action: 'subscribe',
        subscriptions: [{ topic: 'activity', type }],
      })),
    );
  });

  it('never throws, and never makes a row without a size, for any JSON', () => {
    const payload = fc.dictionary(
      fc.constantFrom(
        'proxyWallet',
        'asset',
        'size',
        'price',
        'side',
        'timestamp',
        'transactionHash',
        '__proto__',
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ type: fc.constant('trades'), payload })), (json) => {
        const parsed = parseRtdsFrame(JSON.stringify(json));
        if (parsed.kind === 'rows')
          for (const row of parsed.rows) expect(row.shareMicros).toBeGreaterThan(0n);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseRtdsFrame(text)));
  });

  it('never throws for a frame that was cut or changed at any place', () => {
    fc.assert(
      fc.property(fc.nat(TRADE.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, gone, put) => {
        parseRtdsFrame(TRADE.slice(0, at) + put + TRADE.slice(at + gone));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a row whose amount no price explains, by the name of the field', () => {
    const stated = { size: 1, price: 0.5 };
    const damaged = rowsOf(frame({ ...stated, usdcSize: 1_000_000 }));
    expect(damaged.rows).toEqual([]);
    expect(damaged.refused[0]?.reason).toMatch(/^usdc_size/);
    expect(rowsOf(frame({ ...stated, usdcSize: 0.5 })).rows).toHaveLength(1);
  });
});
