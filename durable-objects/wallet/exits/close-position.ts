/** The operator's sale by hand, in either Wallet. */
import { assert } from '../../../domain/assert.ts';
import type { CopyResult, MembersDecided } from '../../copy-answer.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { CloseCommand, CloseResult, FeedPort } from '../../rpc.ts';
import { closeKeys, closing } from '../close-intent.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { WalletSwitches } from '../switches.ts';

/** Sells a leader's position or a part of it, through the same decision as any copy. Once per command. */
export async function closePosition(
  command: CloseCommand,
  given: {
    readonly book: PortfolioStore;
    readonly feed: FeedPort;
    readonly ports: ObjectPorts;
    readonly turn: DecisionTurn;
    readonly switches: WalletSwitches;
  },
): Promise<CloseResult> {
  const { turn, switches } = given;
  let result: Exclude<CopyResult, MembersDecided> | undefined = turn.stored(closeKeys(command));
  if (result === undefined) {
    const quoted = await closing(command, given);
    if (quoted.kind === 'refused') return quoted;
    const answer = await turn.copy({ intent: quoted.intent, members: [], quote: quoted.quote });
    assert(answer.kind !== 'members-decided', 'a sale by hand has no members');
    result = answer;
  }
  if (result.kind === 'inactive')
    return { kind: 'refused', about: 'other', reason: 'trading is off for this leader' };
  const { decision, reasons, orderShareMicrosMin } = result;
  if (decision === 'SKIP') return { kind: 'skipped', reasons, orderShareMicrosMin };
  const { state } = switches.effective(command.leaderAddress);
  return { kind: decision === 'EXECUTE' && state === 'SHADOW' ? 'shadow' : 'accepted' };
}
