/** What the operator keeps of a leader, and what a leader's exits owe, where shares of no leader are held beside it (A13, A44). */
import { expect, it } from 'vitest';
import { EXTERNAL_LEADER, type SliceOwner } from '../../../../domain/ids.ts';
import { Decider } from '../../../../durable-objects/wallet/decider.ts';
import type { DecisionTurn } from '../../../../durable-objects/wallet/decision-turn.ts';
import { ExitTries } from '../../../../durable-objects/wallet/exits/exit-tries.ts';
import { IntentQuotes } from '../../../../durable-objects/wallet/intent-quotes.ts';
import { LiveFunds } from '../../../../durable-objects/wallet/live/live-funds.ts';
import { TakenLiquidity } from '../../../../durable-objects/wallet/paper/taken-liquidity.ts';
import { LEADER, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, held, OTHER_LEADER, purchase, storedOrder } from '../stores.ts';
import { ScriptedExecutor } from '../turn-room.ts';
import { liveRoom } from './live-room.ts';

function keptRoom() {
  const room = liveRoom({ live: { sellUnattributed: true } });
  const { ports, kv, book, orders, switches, settings, feed, owed } = room;
  const funds = new LiveFunds(book, orders, room.state, room.holdings, owed);
  const taken = new TakenLiquidity(ports.storage);
  const executor = new ScriptedExecutor();
  const decider = new Decider(ports.nowMs, kv, switches, taken, book, funds, executor);
  const quotes = new IntentQuotes(ports, feed, settings, switches);
  // Nothing here comes as far as a turn.
  const noTurn = undefined as unknown as DecisionTurn;
  const tries = new ExitTries(ports, owed, switches, quotes, decider, noTurn);
  const hold = (size: string, leaderAddress: SliceOwner, left = size): void => {
    const moved = { shareDeltaMicros: sh(size), cashDeltaMicros: usd('-5') };
    const refId = `held:${leaderAddress}:${size}`;
    book.bookEntry(purchase({ mode: 'LIVE', refId, leaderAddress, ...moved }), held(left, '5'));
  };
  const row = () => owed.get(LEADER, TOKEN);
  hold('10', LEADER);
  hold('4', EXTERNAL_LEADER);
  return { ...room, tries, hold, row };
}

const EXIT = exampleIntent({ side: 'SELL' });

it('a row that is kept ends with the leader’s own shares, though shares of no leader are left', () => {
  const { owed, tries, hold, row } = keptRoom();
  owed.add(EXIT, sh('10'), 'BOOK_STALE');
  owed.keep(row()!);
  tries.prune();
  expect(row()?.state).toBe('KEPT');
  hold('-10', LEADER, '0');
  tries.prune();
  expect(row()?.state).toBe('DONE');
});

it('a row that is owed lasts while shares of no leader may be sold for it, whoever holds them in an order now', () => {
  const { owed, orders, tries, row } = keptRoom();
  owed.add(EXIT, sh('14'), 'BOOK_STALE');
  const intent = exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER });
  const record = { side: 'SELL', state: 'OPEN', leaderAddress: OTHER_LEADER } as const;
  orders.add(storedOrder(record, { intent, reservedShareMicros: sh('4') }));
  tries.prune();
  expect(row()).toMatchObject({ state: 'OWED', shareMicros: sh('14') });
});
