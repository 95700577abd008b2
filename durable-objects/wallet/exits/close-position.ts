/** The operator's sale by hand, in either Wallet. */
import type { ObjectPorts } from '../../platform/ports.ts';
import type { CloseCommand, CloseResult, FeedPort } from '../../rpc.ts';
import { closeKeys, closing } from '../close-intent.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { PortfolioStore } from '../portfolio-store.ts';

/** Sells a leader's position or a part of it, through the same decision as any copy. Once per command. */
export async function closePosition(
  command: CloseCommand,
  given: {
    readonly book: PortfolioStore;
    readonly feed: FeedPort;
    readonly ports: ObjectPorts;
    readonly turn: DecisionTurn;
  },
): Promise<CloseResult> {
  const { turn } = given;
  let result = turn.stored(closeKeys(command));
  if (result === undefined) {
    const quoted = await closing(command, given);
    if (quoted.kind === 'refused') return quoted;
    result = await turn.copy({ intent: quoted.intent, quote: quoted.quote });
  }
  if (result.kind === 'inactive') return { kind: 'refused', reason: 'trading is off for this leader' };
  if (result.decision === 'SKIP') return { kind: 'skipped', reasons: result.reasons };
  return { kind: 'accepted' };
}
