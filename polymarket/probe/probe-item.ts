/** One item of the probe: what was asked, and whether the answer is as the code expects. */

export type ProbeOutcome = 'AS_EXPECTED' | 'DIFFERS' | 'COULD_NOT_ASK';

export interface ProbeItem {
  /** As numbered in polymarket-api.md 0a, with a letter for a part. */
  readonly item: string;
  readonly title: string;
  readonly request: string;
  readonly outcome: ProbeOutcome;
  /** What was seen; where it differs, also what it means for the operator. Hostile text, cut. */
  readonly sentence: string;
}

/** Why an item could not be asked, in words for the operator. */
export class NotAsked extends Error {
  override name = 'NotAsked';
}

const SENTENCE_CHARS_MAX = 600;

interface Verdict {
  readonly outcome: ProbeOutcome;
  readonly sentence: string;
}

export function expected(seen: string): Verdict {
  return { outcome: 'AS_EXPECTED', sentence: seen };
}

export function differs(seen: string, means: string): Verdict {
  return { outcome: 'DIFFERS', sentence: `${seen} ${means}` };
}

/** Asks an item; whatever fails is an item that could not be asked. Never rejects. */
export async function ask(
  head: Pick<ProbeItem, 'item' | 'title' | 'request'>,
  question: () => Promise<Verdict>,
): Promise<ProbeItem> {
  let verdict: Verdict;
  try {
    verdict = await question();
  } catch (error) {
    // Only NotAsked has a text of ours; any other may quote an address or a header.
    const why = error instanceof NotAsked ? error.message : `no answer (${nameOf(error)})`;
    verdict = { outcome: 'COULD_NOT_ASK', sentence: why };
  }
  return { ...head, ...verdict, sentence: verdict.sentence.slice(0, SENTENCE_CHARS_MAX) };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
