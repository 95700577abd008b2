/** Leaders who keep being watched: of whom something is held that can be sold. */
import { describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER } from '../../../../domain/ids.ts';
import { type OwedExit, owe } from '../../../../domain/portfolio/owed-exit.ts';
import { heldLeaders } from '../../../../durable-objects/wallet/exits/held-leaders.ts';
import { LEADER, NOW, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, OTHER_LEADER, OTHER_TOKEN } from '../stores.ts';

const held = (size: string, leaderAddress = LEADER, tokenId = TOKEN) => ({
  leaderAddress,
  tokenId,
  shareMicros: sh(size),
});

/** Half a share that is too small to sell. */
function small(
  leaderExited: boolean,
  cause: 'BELOW_MIN_ORDER_SIZE' | 'BOOK_STALE' = 'BELOW_MIN_ORDER_SIZE',
): OwedExit {
  const intent = exampleIntent({ side: 'SELL', leaderExited });
  return owe(undefined, { intent, shareMicros: sh('0.5'), cause, held: false, nowMs: NOW });
}

describe('the leaders of what is held', () => {
  it('are each named once, without EXTERNAL', () => {
    const open = [held('1'), held('2', LEADER, OTHER_TOKEN), held('3', OTHER_LEADER)];
    expect(heldLeaders([...open, { ...held('4'), leaderAddress: EXTERNAL_LEADER }], [])).toEqual([
      LEADER,
      OTHER_LEADER,
    ]);
  });

  it.each([
    ['only dust is left', '0.5', small(true), []],
    ['dust and less than the share step is left', '0.509', small(true), []],
    ['more than dust is held', '0.51', small(true), [LEADER]],
    ['the leader is still in', '0.5', small(false), [LEADER]],
    ['what is owed can be sold', '0.5', small(true, 'BOOK_STALE'), [LEADER]],
  ] as const)('are, where %s: see the list (A47)', (_what, size, row, leaders) => {
    expect(heldLeaders([held(size)], [row])).toEqual(leaders);
  });

  it('are those of another token of the same leader all the same', () => {
    expect(heldLeaders([held('0.5'), held('3', LEADER, OTHER_TOKEN)], [small(true)])).toEqual([LEADER]);
  });
});
