/** What people read about owed exits: counts in one sentence, what happens to a row next, and a list that a form carries. */
import { expect, it } from 'vitest';
import { parseTokenId } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';
import { OWED_STATES } from '../../../domain/portfolio/owed-exit.ts';
import { listedExits, owedInWords, owedStateInWords } from '../../../views/words/exit-words.ts';
import { LEADER, TOKEN } from '../../ledger/records.ts';
import { owedExit } from '../../worker/statuses.ts';

const NONE = { owed: 0, held: 0, blocked: 0, expired: 0, waiting: 0 };

it.each([
  ['Paper owes 1 exit: 1 tried again by itself.', 'PAPER', { ...NONE, owed: 1 }],
  ['Live owes 2 exits: 2 held until you confirm.', 'LIVE', { ...NONE, held: 2 }],
  [
    'Live owes 3 exits: 1 refused by the venue, 2 tried for too long.',
    'LIVE',
    { ...NONE, blocked: 1, expired: 2 },
  ],
] as const)('says "%s"', (words, mode, counts) => {
  expect(owedInWords(mode, counts)).toBe(words);
});

it('says nothing of what only waits for the next exit', () => {
  expect(owedInWords('PAPER', NONE)).toBeUndefined();
  expect(owedInWords('PAPER', { ...NONE, waiting: 7 })).toBeUndefined();
});

it('has words of its own for every state, and for dust', () => {
  const words = OWED_STATES.map((state) => owedStateInWords(owedExit({ state, leaderExited: false })));
  expect(new Set(words).size).toBe(OWED_STATES.length);
  const dust = owedStateInWords(owedExit({ state: 'TOO_SMALL' }));
  expect(dust).toContain('only counts in equity');
  expect(words).not.toContain(dust);
});

it('lists rows with what they owe', () => {
  const other = owedExit({ tokenId: parseTokenId('22')!, shareMicros: shares(1n) });
  expect(listedExits([owedExit(), other])).toBe(`${LEADER}:${TOKEN}:40000000 ${LEADER}:22:1`);
});
