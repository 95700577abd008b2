/** What paper has taken from a book is not there for the next copy, until the market has replaced it (A56). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side, TokenId } from '../../../../domain/ids.ts';
import { min } from '../../../../domain/money.ts';
import { withoutTaken } from '../../../../domain/portfolio/paper-fills.ts';
import {
  LIQUIDITY_RECOVERY_MS,
  TakenLiquidity,
} from '../../../../durable-objects/wallet/paper/taken-liquidity.ts';
import { at, exampleFacts, levels, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { MemoryPorts, START_MS } from '../../memory-ports.ts';
import { OTHER_TOKEN } from '../stores.ts';

const level = (priceText: string, size: string) => ({ priceMicros: at(priceText), shareMicros: sh(size) });

/** A walk of the token's book where the market is not known. */
const alone = (tokenId: TokenId, side: Side) => ({ tokenId, side, otherTokenId: undefined });

describe('liquidity that was taken', () => {
  it('adds up at each price, apart for each token and side', () => {
    const taken = new TakenLiquidity(new MemoryPorts().storage);
    taken.add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
    taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS + 1);
    taken.add(TOKEN, 'BUY', level('0.6', '1'), START_MS + 1);
    taken.add(TOKEN, 'SELL', level('0.5', '2'), START_MS + 1);
    taken.add(OTHER_TOKEN, 'BUY', level('0.5', '3'), START_MS + 1);
    const shown = (tokenId: TokenId, side: Side) => taken.levels(alone(tokenId, side), START_MS + 1);
    expect(shown(TOKEN, 'BUY')).toEqual([level('0.5', '14'), level('0.6', '1')]);
    expect(shown(TOKEN, 'SELL')).toEqual([level('0.5', '2')]);
    expect(shown(OTHER_TOKEN, 'BUY')).toEqual([level('0.5', '3')]);
  });

  it('counts two takings of one size at one price in one millisecond twice', () => {
    const taken = new TakenLiquidity(new MemoryPorts().storage);
    taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS);
    taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS);
    expect(taken.levels(alone(TOKEN, 'BUY'), START_MS)).toEqual([level('0.5', '8')]);
  });

  it('is replaced by the market taking by taking, each a minute after it was taken', () => {
    const taken = new TakenLiquidity(new MemoryPorts().storage);
    taken.add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
    taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS + 10);
    const shownAfter = (ms: number) =>
      taken.levels(alone(TOKEN, 'BUY'), START_MS + LIQUIDITY_RECOVERY_MS + ms);
    expect(shownAfter(-1)).toEqual([level('0.5', '14')]);
    expect(shownAfter(0)).toEqual([level('0.5', '4')]);
    expect(shownAfter(9)).toEqual([level('0.5', '4')]);
    expect(shownAfter(10)).toEqual([]);
  });

  it('is known to the next instance, and where none was taken nothing is read', () => {
    const ports = new MemoryPorts();
    new TakenLiquidity(ports.storage).add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
    const again = new TakenLiquidity(ports.restarted().storage);
    expect(again.levels(alone(TOKEN, 'BUY'), START_MS)).toEqual([level('0.5', '10')]);
    const none = new MemoryPorts();
    const untaken = new TakenLiquidity(none.storage);
    none.refusesStatement = () => true;
    expect(untaken.levels(alone(TOKEN, 'BUY'), START_MS)).toEqual([]);
  });

  it('starts from nothing when it is taken again after that', () => {
    const ports = new MemoryPorts();
    const taken = new TakenLiquidity(ports.storage);
    taken.add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
    taken.add(TOKEN, 'BUY', level('0.4', '10'), START_MS + 1);
    taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS + LIQUIDITY_RECOVERY_MS);
    expect(taken.levels(alone(TOKEN, 'BUY'), START_MS + LIQUIDITY_RECOVERY_MS)).toEqual([
      level('0.4', '10'),
      level('0.5', '4'),
    ]);
  });

  it('drops the rows of an earlier release, which kept one a level', () => {
    const ports = new MemoryPorts();
    ports.storage.rows('CREATE TABLE taken (token TEXT NOT NULL)');
    new TakenLiquidity(ports.storage);
    expect(ports.storage.rows(`SELECT name FROM sqlite_master WHERE name = 'taken'`)).toEqual([]);
  });
});

describe('the other outcome of the condition', () => {
  /** Takes ten at 0.3 of one token; what a walk of the other then does not find. */
  function shown(takenSide: Side, walkSide: Side) {
    const taken = new TakenLiquidity(new MemoryPorts().storage);
    taken.add(TOKEN, takenSide, level('0.3', '10'), START_MS);
    return taken.levels({ tokenId: OTHER_TOKEN, side: walkSide, otherTokenId: TOKEN }, START_MS);
  }

  it('lacks the bids at 1 − p that a BUY at p consumed', () => {
    expect(shown('BUY', 'SELL')).toEqual([level('0.7', '10')]);
    expect(shown('BUY', 'BUY')).toEqual([]);
  });

  it('lacks the asks at 1 − p that a SELL at p consumed', () => {
    expect(shown('SELL', 'BUY')).toEqual([level('0.7', '10')]);
    expect(shown('SELL', 'SELL')).toEqual([]);
  });

  it('and its mirror are one order: however they are walked, they are never taken twice', () => {
    const ask = { tokenId: TOKEN, side: 'BUY', otherTokenId: OTHER_TOKEN } as const;
    const bid = { tokenId: OTHER_TOKEN, side: 'SELL', otherTokenId: TOKEN } as const;
    const book = exampleFacts({ book: { asks: levels('0.3x10'), bids: levels('0.7x10') } }).book!;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 7 }))), (walks) => {
        const taken = new TakenLiquidity(new MemoryPorts().storage);
        let total = 0n;
        for (const [isAsk, size] of walks) {
          const walk = isAsk ? ask : bid;
          const rest = withoutTaken(book, walk.side, taken.levels(walk, START_MS));
          const best = (isAsk ? rest.asks : rest.bids)[0];
          if (best === undefined) continue;
          const part = { ...best, shareMicros: min(sh(String(size)), best.shareMicros) };
          taken.add(walk.tokenId, walk.side, part, START_MS);
          total += part.shareMicros;
        }
        expect(total <= sh('10')).toBe(true);
      }),
    );
  });
});
