/** When a Wallet is called about a bid that its owed exits wait for (A44). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenId, TradingMode } from '../../../domain/ids.ts';
import type { Book } from '../../../domain/market/book.ts';
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { BidWatch } from '../../../durable-objects/feed/bid-watch.ts';
import { at, levels, TOKEN } from '../../domain/decide/example-facts.ts';
import { MemoryPorts } from '../memory-ports.ts';
import { OTHER_TOKEN } from '../wallet/stores.ts';

/** At least 40 cents, and at most 10 cents below an ask. */
const WANTED = { tokenId: TOKEN, bidPriceMicrosMin: at('0.40'), spreadPriceMicrosMax: at('0.10') };

let ports: MemoryPorts;
let watch: BidWatch;
let calls: (readonly [TradingMode, TokenId])[];
let book: Book | null;
let reached: boolean;

beforeEach(() => {
  ports = new MemoryPorts();
  calls = [];
  book = null;
  reached = true;
  const wallet = (mode: TradingMode) => ({
    bidCame: async (token: TokenId) => {
      calls.push([mode, token]);
      if (!reached) throw new Error('the object was reset');
    },
  });
  watch = new BidWatch(ports, { PAPER: wallet('PAPER'), LIVE: wallet('LIVE') }, () => book);
});

/** A frame after which the book is this: `0.45x10`, or nothing. */
function frame(bids: string, asks = ''): void {
  book = { tokenId: TOKEN, bids: levels(bids), asks: levels(asks), asOfMs: ports.nowMs(), hash: 'h' };
  watch.moved(TOKEN);
}

describe('a Wallet that waits for a bid', () => {
  it('is called once when the bid enters the bounds, and again only after it has left them', () => {
    watch.replace({ mode: 'LIVE', bids: [WANTED] });
    for (const bids of ['0.39x10', '0.40x10', '0.41x10', '0.45x10']) frame(bids);
    ports.atMs += MINUTE_MS;
    frame('0.45x20');
    expect(calls).toEqual([['LIVE', TOKEN]]);
    frame('');
    frame('0.40x10');
    expect(calls).toHaveLength(2);
  });

  it('is called when the ask comes close enough to the bid', () => {
    watch.replace({ mode: 'PAPER', bids: [WANTED] });
    frame('0.45x10', '0.56x10');
    expect(calls).toEqual([]);
    frame('0.45x10', '0.55x10');
    expect(calls).toEqual([['PAPER', TOKEN]]);
  });

  it('is called at once about a bid that stands already, and not again when it repeats itself each minute', () => {
    frame('0.45x10');
    for (let minute = 0; minute < 3; minute += 1) {
      watch.replace({ mode: 'LIVE', bids: [WANTED] });
      ports.atMs += MINUTE_MS;
    }
    expect(calls).toEqual([['LIVE', TOKEN]]);
  });

  it('is called at most every five seconds however often the bid flickers, and of the bid that stays', () => {
    watch.replace({ mode: 'LIVE', bids: [WANTED] });
    for (let tenth = 0; tenth < 100; tenth += 1) {
      frame(tenth % 2 === 0 ? '0.45x10' : '');
      ports.atMs += SECOND_MS / 10;
    }
    expect(calls).toHaveLength(2);
    frame('0.45x10');
    expect(calls).toHaveLength(3);
  });

  it('is not called about another token, nor about one that it names no more', () => {
    watch.replace({ mode: 'LIVE', bids: [WANTED, { ...WANTED, tokenId: OTHER_TOKEN }] });
    watch.replace({ mode: 'LIVE', bids: [{ ...WANTED, tokenId: OTHER_TOKEN }] });
    frame('0.45x10');
    expect(calls).toEqual([]);
  });

  it('is not called any more once it has not named the token for three minutes', () => {
    watch.replace({ mode: 'LIVE', bids: [WANTED] });
    ports.atMs += 3 * MINUTE_MS;
    frame('0.45x10');
    expect(calls).toEqual([]);
  });

  it('that was not reached is reported in the log, and looks by itself', async () => {
    reached = false;
    watch.replace({ mode: 'LIVE', bids: [WANTED] });
    frame('0.45x10');
    await Promise.resolve();
    await Promise.resolve();
    expect(ports.logs.map((line) => line.message)).toEqual(['a Wallet was not reached about a bid']);
  });
});
