/** The Dashboard cannot say that all is well while copying does not work (A60). */
import { describe, expect, it } from 'vitest';
import type { FeedStatus, LeaderTrouble, WalletStatus } from '../../../domain/records/status.ts';
import { attention } from '../../../worker/read/attention.ts';
import { controlWith } from '../../durable-objects/follower/follower-parts.ts';
import { AT } from '../../ledger/records.ts';
import { type Change, changed, FEED, feedWith, LIVE_WALLET, PAPER_WALLET, TROUBLE } from '../statuses.ts';

interface Changes {
  readonly feed?: Change<FeedStatus>;
  readonly user?: Partial<LeaderTrouble>;
  readonly paper?: Change<WalletStatus>;
  readonly live?: Change<WalletStatus>;
}

/** What needs attention, where all is well but for these changes. */
function texts({ feed = {}, user, paper = {}, live = {} }: Changes): readonly string[] {
  const control = controlWith();
  const followedUsers = control.followedUsers.map((one) => ({ ...one, label: 'Whale' }));
  const items = attention({
    control: { ...control, followedUsers, liveTrading: 'OFF', paperTrading: 'ON' },
    objects: {
      feed: changed<FeedStatus>(user === undefined ? FEED : feedWith({ ...TROUBLE, ...user }), feed),
      paper: changed<WalletStatus>(PAPER_WALLET, paper),
      live: changed<WalletStatus>(LIVE_WALLET, live),
      leaders: [],
    },
    snapshots: { PAPER: undefined, LIVE: undefined },
    worth: { PAPER: undefined, LIVE: undefined },
    refused: undefined,
    limits: [],
    nowMs: AT,
  });
  return items.map(({ text }) => text);
}

const copying = (part: Partial<WalletStatus['copying']>) => ({
  copying: { ...PAPER_WALLET.copying, decisions: 20, ...part },
});

describe('what needs attention', () => {
  it('is nothing while all is well', () => {
    expect(texts({})).toEqual([]);
  });

  it.each<[string, Changes, string]>([
    [
      'copies are skipped for reasons of ours',
      { paper: copying({ skippedByUs: 3, commonestReason: 'BOOK_STALE' }) },
      '3 of 20 paper copies of the last hour failed on our side, most often: The order book was too old.',
    ],
    [
      'intents are too old',
      { live: copying({ skippedByUs: 5, commonestReason: 'EVENT_TOO_OLD' }) },
      '5 of 20 live copies of the last hour failed on our side, most often: The trade was too old when we saw it.',
    ],
    [
      'purchases are seen too late by a leader’s object',
      { user: { seenTooLate: 3 } },
      'Whale: 3 purchases of the last hour were seen too late to be copied.',
    ],
    [
      'decisions come late',
      { live: copying({ lagMsP95: 10_000 }) },
      'One in twenty live copies of the last hour took 10 s or nearly so from the leader’s trade to our decision.',
    ],
    [
      'sweeps fail',
      { feed: { late: { sweeps: 2, oldestSweepAtMs: AT - 900_000 } } },
      'Leaders whose list is not read any more: 2, the first since',
    ],
    [
      'an outbox grows',
      { live: { outbox: { depth: 1_001, oldestAtMs: AT } } },
      'Wallet LIVE: 1001 rows wait for the database, the oldest since',
    ],
    [
      'an outbox is stuck',
      { user: { outbox: { ...TROUBLE.outbox, depth: 1, oldestAtMs: AT - 60_001 } } },
      'Leader Whale: 1 rows wait for the database, the oldest since',
    ],
    [
      'ledger and venue differ',
      { live: { live: { reconciliation: { alertingDifferences: 1 } } } },
      'The ledger and the venue have differed in 1 places for a minute or more.',
    ],
  ])('says so while %s', (_what, changes, text) => {
    expect(texts(changes)).toEqual([text]);
  });

  it('is nothing below the thresholds', () => {
    expect(
      texts({
        user: { seenTooLate: 2, outbox: { ...TROUBLE.outbox, depth: 1_000, oldestAtMs: AT - 60_000 } },
        paper: copying({ skippedByUs: 2, commonestReason: 'BOOK_STALE', lagMsP95: 7_500 }),
        live: copying({ lagMsP95: 7_500 }),
      }),
    ).toEqual([]);
  });

  it('comes without an error from an object of the release before, which has no such fields', () => {
    const older = { copying: undefined, late: undefined } as never; // as an older release answers
    expect(texts({ feed: older, paper: older, live: older })).toEqual([]);
  });
});
