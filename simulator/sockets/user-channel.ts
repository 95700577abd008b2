// The user channel: credentials in the first message, then all order and trade events of the key's owner, without snapshot
// or replay. For bad credentials the socket is closed without a message, as at the venue.

import type { Faults } from '../faults/faults.ts';
import { fieldsIn, fieldsOf } from '../model/json.ts';
import type { World } from '../model/model.ts';
import type { Socket } from './market-channel.ts';

interface Listener {
  send: (text: string) => void;
  hangUp: () => void;
  owner: string | null;
  /** Condition ids; empty for the whole account. */
  markets: Set<string>;
}

export interface UserChannel {
  open(send: (text: string) => void, hangUp: () => void): Socket;
  /** Sends the events since the last call. */
  publish(): void;
  count(): number;
}

/** A user channel over a world. */
export function createUserChannel(world: World, faults: Faults): UserChannel {
  const listeners = new Set<Listener>();
  return {
    count: () => listeners.size,
    open(send, hangUp) {
      const close = (): void => void listeners.delete(listener);
      const listener: Listener = {
        send,
        hangUp: () => {
          close();
          hangUp();
        },
        owner: null,
        markets: new Set(),
      };
      listeners.add(listener);
      return { receive: (text) => receive(world, listener, text), close };
    },
    publish() {
      for (const notice of world.trading.notices.splice(0)) {
        for (const listener of [...listeners]) {
          const { owner, markets } = listener;
          if (owner === null || !notice.owners.includes(owner)) continue;
          if (markets.size > 0 && !markets.has(notice.conditionId)) continue;
          faults.frame('user', JSON.stringify(notice.message(owner)), listener.send, listener.hangUp);
        }
      }
    },
  };
}

function receive(world: World, listener: Listener, text: string): void {
  if (text === 'PING') {
    listener.send('PONG');
    return;
  }
  const message = fieldsIn(text);
  if (message === null) {
    listener.send('INVALID OPERATION');
    return;
  }
  if (listener.owner === null) {
    const owner = ownerOf(world, message.auth);
    if (owner === null) {
      listener.hangUp();
      return;
    }
    listener.owner = owner;
  }
  const markets = Array.isArray(message.markets) ? message.markets.map(String) : [];
  for (const market of markets) {
    if (message.operation === 'unsubscribe') listener.markets.delete(market.toLowerCase());
    else listener.markets.add(market.toLowerCase());
  }
}

function ownerOf(world: World, auth: unknown): string | null {
  const { apiKey, secret, passphrase } = fieldsOf(auth) ?? {};
  const key = typeof apiKey === 'string' ? world.trading.keys.get(apiKey) : undefined;
  if (key === undefined || key.secret !== secret || key.passphrase !== passphrase) return null;
  return key.owner;
}
