/** Deposits and withdrawals: booked once each, within limits, and the deposit with which paper opens. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import type { CashMove } from '../../../durable-objects/rpc.ts';
import { CashMoves } from '../../../durable-objects/wallet/cash-moves.ts';
import { WalletSnapshots } from '../../../durable-objects/wallet/snapshots.ts';
import { usd } from '../../domain/decide/example-facts.ts';
import { START_MS } from '../memory-ports.ts';
import { exampleControl, type WalletStores, walletStores } from './stores.ts';

let stores: WalletStores;
let moves: CashMoves;
/** Cash that pending copies may still spend. */
let reserved = usd('0');

function begin(ports?: WalletStores['ports']): void {
  reserved = usd('0');
  stores = walletStores('PAPER', ports);
  const { book, kv, outbox } = stores;
  const snapshots = new WalletSnapshots('PAPER', book, kv, outbox, () => undefined);
  moves = new CashMoves('PAPER', stores.ports, kv, book, snapshots, {
    reservedCash: () => reserved,
  });
}

beforeEach(() => begin());

function move(kind: CashMove['kind'], amount: string, commandId = `${kind}-${amount}`) {
  return moves.move({ commandId, kind, amountMicros: usd(amount) });
}

const state = (): unknown[] => [stores.book.cash(), stores.book.flows()];

describe('a deposit', () => {
  it('is booked with its row, and a snapshot with the new value', () => {
    stores.ports.atMs += 7;
    expect(move('DEPOSIT', '100', 'one')).toEqual({ kind: 'booked' });
    expect(state()).toEqual([usd('100'), usd('100')]);
    expect(stores.ports.outboxedOf('ledger')).toMatchObject([
      {
        mode: 'PAPER',
        entryType: 'DEPOSIT',
        refId: 'command:one',
        cashDeltaMicros: usd('100'),
        bookedAtMs: START_MS + 7,
      },
    ]);
    expect(stores.ports.outboxedOf('snapshot')[0]).toMatchObject({ equityMicros: usd('100') });
  });

  it('is booked once per command, also by the next instance', () => {
    move('DEPOSIT', '100', 'one');
    stores.ports.clearOutbox();
    expect(move('DEPOSIT', '100', 'one')).toEqual({ kind: 'already-booked' });
    begin(stores.ports.restarted());
    expect(move('WITHDRAWAL', '30', 'one')).toEqual({ kind: 'already-booked' });
    expect(state()).toEqual([usd('100'), usd('100')]);
    expect(stores.ports.outboxed()).toEqual([]);
    expect(move('DEPOSIT', '100', 'two')).toEqual({ kind: 'booked' });
    expect(state()).toEqual([usd('200'), usd('200')]);
  });

  it('is one whole: when a part fails nothing is booked and the command may come again', () => {
    stores.ports.refusesStatement = (query) => query.startsWith('INSERT INTO outbox');
    expect(() => move('DEPOSIT', '100', 'one')).toThrow('refused');
    stores.ports.refusesStatement = undefined;
    begin(stores.ports.restarted());
    expect(state()).toEqual([usd('0'), usd('0')]);
    expect(move('DEPOSIT', '100', 'one')).toEqual({ kind: 'booked' });
  });
});

describe('a withdrawal', () => {
  it('takes cash out, down to nothing', () => {
    move('DEPOSIT', '100');
    stores.ports.clearOutbox();
    expect(move('WITHDRAWAL', '100', 'out')).toEqual({ kind: 'booked' });
    expect(state()).toEqual([usd('0'), usd('0')]);
    expect(stores.ports.outboxedOf('ledger')).toMatchObject([
      { entryType: 'WITHDRAWAL', refId: 'command:out', cashDeltaMicros: usd('-100') },
    ]);
  });

  it('beyond the cash is refused, and may come again when there is enough', () => {
    move('DEPOSIT', '100');
    const refused = { kind: 'refused', reason: 'there is not that much cash' };
    expect(move('WITHDRAWAL', '100.000001', 'out')).toEqual(refused);
    expect(state()).toEqual([usd('100'), usd('100')]);
    move('DEPOSIT', '1');
    expect(move('WITHDRAWAL', '100.000001', 'out')).toEqual({ kind: 'booked' });
  });
});

describe('an amount', () => {
  it('of zero or less is refused', () => {
    const refused = { kind: 'refused', reason: 'the amount must be above zero' };
    for (const amount of ['0', '-0.000001', '-5']) {
      expect(move('DEPOSIT', amount)).toEqual(refused);
      expect(move('WITHDRAWAL', amount)).toEqual(refused);
    }
    expect(move('DEPOSIT', '0.000001')).toEqual({ kind: 'booked' });
  });

  it('above a million dollars is refused', () => {
    const refused = { kind: 'refused', reason: 'the amount is above $1,000,000' };
    expect(move('DEPOSIT', '1000000.000001')).toEqual(refused);
    expect(move('WITHDRAWAL', '1000000.000001')).toEqual(refused);
    expect(state()).toEqual([usd('0'), usd('0')]);
    expect(move('DEPOSIT', '1000000')).toEqual({ kind: 'booked' });
  });
});

describe('the opening deposit', () => {
  const control = (micros: number) =>
    exampleControl({ system: { ...DEFAULT_SYSTEM_SETTINGS, paperOpeningDepositMicros: micros } });

  it('is what the control document says, with a snapshot', () => {
    moves.openPaper(control(250_000_000));
    expect(state()).toEqual([usd('250'), usd('250')]);
    expect(stores.ports.outboxedOf('ledger')).toMatchObject([
      { entryType: 'DEPOSIT', refId: 'opening', cashDeltaMicros: usd('250'), bookedAtMs: START_MS },
    ]);
    expect(stores.ports.outboxedOf('snapshot')[0]).toMatchObject({ equityMicros: usd('250') });
  });

  it('of nothing books nothing', () => {
    moves.openPaper(control(0));
    expect(stores.ports.outboxed()).toEqual([]);
  });

  it('is one whole', () => {
    let writes = 0;
    stores.ports.refusesStatement = (query) => query.startsWith('INSERT INTO outbox') && ++writes > 1;
    expect(() => moves.openPaper(control(250_000_000))).toThrow('refused');
    stores.ports.refusesStatement = undefined;
    expect(stores.ports.outboxed()).toEqual([]);
  });
});

it('a withdrawal leaves what pending copies may still spend', () => {
  move('DEPOSIT', '100');
  reserved = usd('40');
  expect(move('WITHDRAWAL', '60.01')).toEqual({ kind: 'refused', reason: 'there is not that much cash' });
  expect(move('WITHDRAWAL', '60')).toEqual({ kind: 'booked' });
});
