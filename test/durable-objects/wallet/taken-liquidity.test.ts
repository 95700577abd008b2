/** What paper has taken from a book is not there for the next copy, until the market has replaced it. */
import { expect, it } from 'vitest';
import { MINUTE_MS } from '../../../domain/time.ts';
import { TakenLiquidity } from '../../../durable-objects/wallet/taken-liquidity.ts';
import { at, sh, TOKEN } from '../../domain/decide/example-facts.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { OTHER_TOKEN } from './stores.ts';

const level = (priceText: string, size: string) => ({ priceMicros: at(priceText), shareMicros: sh(size) });

it('adds up at each price, apart for each token and side', () => {
  const taken = new TakenLiquidity(new MemoryPorts().storage);
  taken.add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
  taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS + 1);
  taken.add(TOKEN, 'BUY', level('0.6', '1'), START_MS + 1);
  taken.add(TOKEN, 'SELL', level('0.5', '2'), START_MS + 1);
  taken.add(OTHER_TOKEN, 'BUY', level('0.5', '3'), START_MS + 1);
  expect(taken.levels(TOKEN, 'BUY', START_MS + 1)).toEqual([level('0.5', '14'), level('0.6', '1')]);
  expect(taken.levels(TOKEN, 'SELL', START_MS + 1)).toEqual([level('0.5', '2')]);
  expect(taken.levels(OTHER_TOKEN, 'BUY', START_MS + 1)).toEqual([level('0.5', '3')]);
});

it('is replaced by the market a minute after the level was last touched', () => {
  const taken = new TakenLiquidity(new MemoryPorts().storage);
  taken.add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
  taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS + 10);
  expect(taken.levels(TOKEN, 'BUY', START_MS + MINUTE_MS + 9)).toEqual([level('0.5', '14')]);
  expect(taken.levels(TOKEN, 'BUY', START_MS + MINUTE_MS + 10)).toEqual([]);
});

it('starts from nothing when it is taken again after that', () => {
  const ports = new MemoryPorts();
  const taken = new TakenLiquidity(ports.storage);
  taken.add(TOKEN, 'BUY', level('0.5', '10'), START_MS);
  taken.add(TOKEN, 'BUY', level('0.4', '10'), START_MS + 1);
  taken.add(TOKEN, 'BUY', level('0.5', '4'), START_MS + MINUTE_MS);
  expect(taken.levels(TOKEN, 'BUY', START_MS + MINUTE_MS)).toEqual([level('0.4', '10'), level('0.5', '4')]);
});
