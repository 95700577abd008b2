/** The Wallet's own count: in memory, stored once a minute, and there again after a restart. */
import { expect, it } from 'vitest';
import { RecentCopies } from '../../../../durable-objects/wallet/health/recent-copies.ts';
import { attempt } from '../../../ledger/records.ts';
import { START_MS } from '../../memory-ports.ts';
import { walletStores } from '../stores.ts';

const COPY = attempt({ decidedAtMs: START_MS, leaderEventAtMs: START_MS - 400, sourceType: 'IMMEDIATE' });

it('counts without a write, stores each minute what has changed, and goes on after a restart', () => {
  const { kv } = walletStores('PAPER');
  const recent = new RecentCopies(kv);
  recent.prune();
  expect(kv.get('recentCopies')).toBeUndefined();
  recent.decided(COPY, false);
  recent.decided(COPY, true);
  expect(recent.status(START_MS)).toMatchObject({ decisions: 2, lagMsP50: 500 });
  expect(kv.get('recentCopies')).toBeUndefined();
  recent.prune();
  expect(kv.get('recentCopies')).toHaveLength(1);
  expect(new RecentCopies(kv).status(START_MS)).toEqual(recent.status(START_MS));
  kv.delete('recentCopies');
  recent.prune();
  expect(kv.get('recentCopies')).toBeUndefined();
});
