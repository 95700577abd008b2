/** The lags of an attempt count from the newest fill, without what waited by our own rule (A57). */
import { describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import { copyLagMs, detectionLagMs, timesOf } from '../../../domain/records/lags.ts';
import { exampleFacts, NOW } from '../decide/example-facts.ts';

/** Three fills over four seconds, the newest seen after 300 ms and then kept for 30 s. */
const NEWEST = { eventAtMs: NOW - 36_000, detectedAtMs: NOW - 35_700, ownWaitMs: 30_000 };

function intentWith(part: Partial<CopyIntent>): CopyIntent {
  const times = { leaderEventAtMs: NOW - 40_000, detectedAtMs: NOW - 39_900, newest: NEWEST };
  return exampleFacts({ intent: { ...times, ...part } }).intent;
}

describe('the lags of an attempt', () => {
  it('count from the newest fill, and leave out what waited by our own rule', () => {
    const times = timesOf(intentWith({}), NOW);
    expect([detectionLagMs(times), copyLagMs(times)]).toEqual([300, 6_000]);
    expect(times).toMatchObject({ leaderEventAtMs: NOW - 40_000, newestEventAtMs: NOW - 36_000 });
  });

  it('leave out too what a sale waited in the Wallet for its shares', () => {
    const times = timesOf(intentWith({ waitedMs: 4_000 }), NOW);
    expect([times.ownWaitMs, detectionLagMs(times), copyLagMs(times)]).toEqual([34_000, 300, 2_000]);
  });

  it('count from the oldest fill, with every wait, where an earlier release knew no other', () => {
    const { newest: _newest, ...earlier } = intentWith({ waitedMs: 4_000 });
    // As it is read from what an earlier release stored.
    for (const intent of [intentWith({ newest: null }), earlier as CopyIntent]) {
      const times = timesOf(intent, NOW);
      expect(times).toMatchObject({ newestEventAtMs: null, newestDetectedAtMs: null, ownWaitMs: null });
      expect([detectionLagMs(times), copyLagMs(times)]).toEqual([100, 40_000]);
    }
  });
});
