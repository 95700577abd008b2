/** How far venue and ledger may be apart while fills and orders settle: each of the four directions, and for how long. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../../../domain/time.ts';
import { settlingAllowance } from '../../../../../durable-objects/wallet/live/reconcile/settling-allowance.ts';
import { sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { liveFill } from '../../../../ledger/records.ts';
import { START_MS } from '../../../memory-ports.ts';
import { OTHER_TOKEN, storedOrder, type WalletStores, walletStores } from '../../stores.ts';

const NONE = { low: 0n, high: 0n };

let stores: WalletStores;

beforeEach(() => {
  stores = walletStores('LIVE');
});

function fill(part: Partial<ReturnType<typeof liveFill>> = {}): void {
  const record = liveFill({
    tokenId: TOKEN,
    shareMicros: sh('10'),
    notionalMicros: usd('5'),
    feeMicros: usd('0.2'),
    matchedAtMs: START_MS,
    ...part,
  });
  stores.orders.putFill({ record, parts: [] });
}

function allowed(nowMs = START_MS): unknown {
  const { cash, token } = settlingAllowance(stores.orders, nowMs);
  return { cash, token: token(TOKEN), other: token(OTHER_TOKEN) };
}

describe('nothing may differ', () => {
  it('while nothing settles', () => {
    expect(allowed()).toEqual({ cash: NONE, token: NONE, other: NONE });
  });

  it('for fills whose settlement has ended', () => {
    fill({ state: 'CONFIRMED' });
    expect(allowed()).toEqual({ cash: NONE, token: NONE, other: NONE });
  });

  it('for a fill that has not settled in ten minutes', () => {
    fill();
    expect(allowed(START_MS + 10 * MINUTE_MS)).toMatchObject({ token: { low: -sh('10') } });
    expect(allowed(START_MS + 10 * MINUTE_MS + 1)).toEqual({ cash: NONE, token: NONE, other: NONE });
  });
});

describe('a fill that we have booked and the venue perhaps not', () => {
  it('of a BUY lets the venue have more cash, its fee included, and fewer shares', () => {
    fill();
    fill({ tradeId: 'trade-2' });
    expect(allowed()).toEqual({
      cash: { low: 0n, high: usd('10.4') },
      token: { low: -sh('20'), high: 0n },
      other: NONE,
    });
  });

  it('of a SELL lets the venue have less cash and more shares', () => {
    fill({ side: 'SELL' });
    expect(allowed()).toEqual({
      cash: { low: -usd('5.2'), high: 0n },
      token: { low: 0n, high: sh('10') },
      other: NONE,
    });
  });
});

describe('an open order that the venue has perhaps filled and we have not booked', () => {
  it('to BUY lets it have less cash, and up to twice the shares at a better price', () => {
    stores.orders.add(storedOrder());
    expect(allowed()).toEqual({
      cash: { low: -usd('5'), high: 0n },
      token: { low: 0n, high: sh('20') },
      other: NONE,
    });
  });

  it('to SELL lets it have as much more cash as a dollar a share, and fewer shares', () => {
    stores.orders.add(storedOrder({ side: 'SELL' }));
    expect(allowed()).toEqual({
      cash: { low: 0n, high: usd('10') },
      token: { low: -sh('10'), high: 0n },
      other: NONE,
    });
  });

  it('counts beside the fills', () => {
    stores.orders.add(storedOrder());
    fill();
    fill({ tradeId: 'trade-2', side: 'SELL', tokenId: OTHER_TOKEN });
    expect(allowed()).toEqual({
      cash: { low: -usd('10.2'), high: usd('5.2') },
      token: { low: -sh('10'), high: sh('20') },
      other: { low: 0n, high: sh('10') },
    });
  });
});
