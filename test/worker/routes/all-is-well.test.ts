/** The Dashboard does not say "All is well" while copying does not work, and says instead what is wrong (A60). */
import { describe, expect, it } from 'vitest';
import type { FeedStatus, WalletStatus } from '../../../domain/records/status.ts';
import { AT, LEADER } from '../../ledger/records.ts';
import { type Harness, signedIn, textOf, wordsIn } from '../harness.ts';
import { type Change, feedWith, PAPER_WALLET, TROUBLE } from '../statuses.ts';

const WELL = 'All is well.';

const copying = (part: Partial<WalletStatus['copying']>): Change<WalletStatus> => ({
  copying: { ...PAPER_WALLET.copying, decisions: 20, ...part },
});
const late = (sweeps: number): Change<FeedStatus> => ({ late: { sweeps, oldestSweepAtMs: AT - 900_000 } });
const outbox = (depth: number, ageMs: number) => ({ outbox: { depth, oldestAtMs: AT - ageMs } });
const STUCK = { depth: 50_000, oldestAtMs: AT - 600_000, error: null, parked: 0 };

async function dashboard(wrong: (app: Harness) => void): Promise<{ app: Harness; words: string }> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Whale` });
  wrong(app);
  app.calls.length = 0;
  return { app, words: wordsIn(await textOf(app, '/')) };
}

describe('the Dashboard', () => {
  it('says that all is well while it is, and wakes no leader’s object to know it', async () => {
    const { app, words } = await dashboard(() => {});
    expect(words).toContain(WELL);
    expect(app.calls.filter(({ call }) => call === 'status').map(({ object }) => object)).toEqual([
      'feed:feed',
      'wallet:paper',
      'wallet:live',
    ]);
  });

  it.each<[string, (app: Harness) => void, string]>([
    [
      'paper intents are too old',
      (app) => (app.paperStatus = copying({ skippedByUs: 5, commonestReason: 'EVENT_TOO_OLD' })),
      '5 of 20 paper copies of the last hour failed on our side, most often: The trade was too old when we saw it.',
    ],
    [
      'live copies are skipped for reasons of ours',
      (app) => (app.liveStatus = copying({ skippedByUs: 3, commonestReason: 'LIVE_NO_SLOT' })),
      '3 of 20 live copies of the last hour failed on our side',
    ],
    [
      'decisions come late',
      (app) => (app.liveStatus = copying({ lagMsP95: 10_000 })),
      'One in twenty live copies of the last hour took 10 s',
    ],
    [
      'sweeps fail or are old',
      (app) => (app.feedStatus = late(2)),
      'Leaders whose list is not read any more: 2, the first since',
    ],
    ['the feed does not answer', (app) => app.silent.add('feed:feed'), 'Leader feed needs attention.'],
    [
      'the feed’s outbox grows',
      (app) => (app.feedStatus = outbox(1_001, 0)),
      'Leader feed: 1001 rows wait for the database',
    ],
    [
      'a Wallet’s outbox is stuck',
      (app) => (app.paperStatus = outbox(1, 60_001)),
      'Wallet PAPER: 1 rows wait for the database',
    ],
    [
      'a leader’s outbox grows',
      (app) => (app.feedStatus = feedWith({ ...TROUBLE, outbox: STUCK })),
      'Leader Whale: 50000 rows wait for the database',
    ],
    [
      'a leader’s object needs attention',
      (app) => (app.feedStatus = feedWith({ ...TROUBLE, healthy: false })),
      'Leader Whale needs attention.',
    ],
    [
      'a leader’s purchases are seen too late',
      (app) => (app.feedStatus = feedWith({ ...TROUBLE, seenTooLate: 50 })),
      'Whale: 50 purchases of the last hour were seen too late to be copied.',
    ],
    [
      'more leaders are in trouble than the feed names',
      (app) => (app.feedStatus = { troubles: { count: 7, leaders: [] } }),
      '7 more leaders need attention.',
    ],
    [
      'paper owes exits',
      (app) => (app.paperStatus = { owedExits: { owed: 2 } }),
      'Paper owes 2 exits: 2 tried again by itself.',
    ],
    [
      'live holds exits',
      (app) => (app.liveStatus = { owedExits: { held: 1 } }),
      'Live owes 1 exit: 1 held until you confirm.',
    ],
    [
      'ledger and venue differ',
      (app) => (app.liveStatus = { live: { reconciliation: { alertingDifferences: 1 } } }),
      'The ledger and the venue have differed in 1 places',
    ],
  ])('does not say so, but what is wrong, while %s', async (_what, wrong, sentence) => {
    const { words } = await dashboard(wrong);
    expect(words).toContain(sentence);
    expect(words).not.toContain(WELL);
  });
});
