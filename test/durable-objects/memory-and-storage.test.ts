/**
 * What an object keeps in memory of its rows is what is stored: after a change, after a transaction that was rolled back, and in the
 * next instance. The same is asserted of every part that keeps something.
 */
import { describe, expect, it } from 'vitest';
import { cash, shares } from '../../domain/money.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { ControlCache } from '../../durable-objects/platform/control-cache.ts';
import { KeyValue } from '../../durable-objects/platform/key-value.ts';
import { Outbox } from '../../durable-objects/platform/outbox.ts';
import { Scheduler } from '../../durable-objects/platform/scheduler.ts';
import type { WalletKeys } from '../../durable-objects/wallet/keys.ts';
import { PendingCopies } from '../../durable-objects/wallet/paper/pending-copies.ts';
import { WalletSwitches } from '../../durable-objects/wallet/switches.ts';
import { at, LEADER, sh, TOKEN } from '../domain/decide/example-facts.ts';
import { quarantined } from '../ledger/records.ts';
import { MemoryPorts, START_MS } from './memory-ports.ts';
import { liveRoom } from './wallet/live/live-room.ts';
import {
  exampleControl,
  exampleIntent,
  held,
  marking,
  purchase,
  storedOrder,
  walletStores,
} from './wallet/stores.ts';

/** A part over ports: what it shows, and a change of it. */
interface Part {
  readonly shown: () => unknown;
  readonly change: (time: number) => void;
}

const MODE = 'LIVE' as const;
const keyOf = (time: number) =>
  // Any text is a key here.
  `key ${time}` as ReturnType<typeof exampleIntent>['idempotencyKey'];

const PARTS: readonly (readonly [name: string, of: (ports: MemoryPorts) => Part])[] = [
  [
    'small values',
    (ports) => {
      const kv = new KeyValue<WalletKeys>(ports.storage);
      return { shown: () => [kv.get('tickAt'), kv.get('paused')], change: (time) => kv.put('tickAt', time) };
    },
  ],
  [
    'the control document',
    (ports) => {
      const cache = new ControlCache(new KeyValue(ports.storage));
      return {
        shown: () => cache.get()?.version ?? null,
        change: (time) => void cache.apply(exampleControl({ version: 100 + time })),
      };
    },
  ],
  [
    'due times',
    (ports) => {
      const scheduler = new Scheduler(ports, {});
      const due = () => ports.storage.rows('SELECT at_ms FROM due').map((row) => row.at_ms);
      // A later time changes nothing where memory knows an earlier one.
      return { shown: due, change: (time) => scheduler.at('job', START_MS + 100 - time) };
    },
  ],
  [
    'how much waits for D1',
    (ports) => {
      const outbox = new Outbox(
        ports,
        async () => {},
        () => {},
      );
      return {
        shown: () => outbox.status().depth,
        change: (time) => outbox.add(quarantined({ quarantineId: `${time}` })),
      };
    },
  ],
  [
    'cash, positions and PnL',
    (ports) => {
      const { book } = walletStores(MODE, ports);
      return {
        shown: () => [book.cash(), book.open(), book.pnlAt(START_MS + HOUR_MS)],
        change: (time) => {
          const known = book.position(LEADER, TOKEN);
          const after = held(`${10 * time}`, '5');
          const shareDeltaMicros = shares(after.shareMicros - (known?.shareMicros ?? 0n));
          book.bookEntry(purchase({ mode: MODE, refId: `entry ${time}`, shareDeltaMicros }), after);
          book.mark(TOKEN, marking(at(`0.${40 + time}`), START_MS + time));
          book.putPnl(START_MS + 1, cash(BigInt(time)));
        },
      };
    },
  ],
  [
    'orders and what they reserve',
    (ports) => {
      const { orders } = walletStores(MODE, ports);
      return {
        shown: () => [orders.open(), orders.reservedCash()],
        change: (time) => {
          const [known] = orders.open();
          if (known === undefined) orders.add(storedOrder());
          else orders.put({ ...known, asks: time }, true);
        },
      };
    },
  ],
  [
    'switches',
    (ports) => {
      const kv = new KeyValue<WalletKeys>(ports.storage);
      const switches = new WalletSwitches(MODE, kv, () => undefined, ports.nowMs);
      return {
        shown: () => [switches.state(), switches.override(LEADER), switches.heldEntries(null)],
        change: (time) => {
          switches.set(time % 2 === 0 ? 'OFF' : 'SHADOW');
          switches.setOverride(LEADER, time % 2 === 0 ? 'FORCE_OFF' : 'INHERIT');
          switches.setEntries(null, time % 2 === 0 ? 'OFF' : 'ON');
        },
      };
    },
  ],
  [
    'owed exits and sales that wait',
    (ports) => {
      const { owed, waits } = liveRoom({ ports });
      return {
        shown: () => [owed.open(), waits.list()],
        change: (time) => {
          const intent = exampleIntent({ side: 'SELL', idempotencyKey: keyOf(time) });
          owed.add(intent, sh('5'), 'BOOK_STALE');
          waits.add(intent, START_MS + time);
          waits.purchased(exampleIntent(), shares(BigInt(time)));
        },
      };
    },
  ],
  [
    'pending paper copies',
    (ports) => {
      const pending = new PendingCopies(ports.storage);
      const plan = { side: 'BUY', limitPriceMicros: at('0.5'), shareMicros: sh('10') } as const;
      return {
        shown: () => [pending.list(), pending.hasPurchase(exampleIntent())],
        change: (time) =>
          pending.add({
            intent: exampleIntent({ idempotencyKey: keyOf(time) }),
            ...{ plan, fee: null, decidedAtMs: START_MS, dueAtMs: START_MS + time },
          }),
      };
    },
  ],
  [
    'differences from the venue',
    (ports) => {
      const { differences } = liveRoom({ ports });
      return {
        shown: () => [differences.venuePositions(), differences.marked(new Map())],
        change: (time) =>
          differences.takePositions(
            [
              {
                tokenId: TOKEN,
                conditionId: exampleIntent().conditionId,
                shareMicros: shares(BigInt(time) * 1_000_000n),
                avgPriceMicros: at('0.5'),
                markPriceMicros: null,
                redeemable: false,
              },
            ],
            START_MS + time,
          ),
      };
    },
  ],
];

describe.each(PARTS)('memory of %s', (_name, make) => {
  it('is what is stored, after changes and in the next instance', () => {
    const ports = new MemoryPorts();
    const part = make(ports);
    for (const time of [1, 2]) {
      const before = part.shown();
      part.change(time);
      expect(part.shown()).not.toEqual(before);
      expect(make(ports.restarted()).shown()).toEqual(part.shown());
    }
  });

  it('is as before after a transaction that was rolled back, and goes on from there', () => {
    const ports = new MemoryPorts();
    const part = make(ports);
    part.change(1);
    const before = part.shown();
    const broken = (): void =>
      ports.storage.transaction(() => {
        part.change(2);
        part.shown();
        throw new Error('broken');
      });
    expect(broken).toThrow('broken');
    expect(part.shown()).toEqual(before);
    part.change(2);
    expect(part.shown()).not.toEqual(before);
    expect(make(ports.restarted()).shown()).toEqual(part.shown());
  });
});
