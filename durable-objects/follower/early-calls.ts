/**
 * Calls the live Wallet with a purchase before anything of it is stored here: what an object has written holds back every call that
 * it makes afterwards, until it is durable (design.md 4). A crash in between leaves a fill that is decided and not stored: it is
 * reported again, and the Wallet answers what it has decided, or refuses another key for it.
 */
import { isBudgeted } from '../../domain/decide/sizing.ts';
import type { GroupKey, TradingMode } from '../../domain/ids.ts';
import type { CopyResult } from '../copy-answer.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { WalletPort } from '../rpc.ts';
import type { CopyRequests } from './copy-requests.ts';
import type { Group, Groups } from './groups.ts';
import type { LeaderControl } from './leader-control.ts';
import { directDispatch } from './mode-intents.ts';

/**
 * What a call was made for is stored this much later: a commit of ours would come between the Wallet's own and its POST. Not when the
 * Wallet has answered: paper is handed the same group then, and is no part of how live fares.
 */
const STORED_AFTER_MS = 10;

export class EarlyCalls {
  private readonly answers = new Map<GroupKey, Promise<CopyResult>>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly groups: Groups,
    private readonly control: LeaderControl,
    private readonly requests: CopyRequests,
    private readonly live: WalletPort,
  ) {}

  /** Calls with the group, if there is one and nothing of it has to be stored first, and writes a little later; without a call at once. */
  async callThenWrite(group: Group | undefined, write: () => void): Promise<void> {
    if (group === undefined || !this.isPlain(group)) {
      write();
      return;
    }
    this.call(group);
    let fault: { readonly error: unknown } | undefined;
    await this.ports.storage.later(() => {
      try {
        write();
      } catch (error) {
        fault = { error };
      }
    }, STORED_AFTER_MS);
    if (fault === undefined) return;
    // Nothing was queued, so nobody takes the answer.
    this.answers.delete(group.groupKey);
    throw fault.error;
  }

  private call(group: Group): void {
    const answer = this.live.copy(this.requests.requestOf('LIVE', directDispatch(group)));
    // Whoever takes the answer takes its failure too.
    answer.catch(() => {});
    this.answers.set(group.groupKey, answer);
  }

  /** The answer to the call that was made for the group, once. */
  take(mode: TradingMode, key: GroupKey): Promise<CopyResult> | undefined {
    if (mode !== 'LIVE') return undefined;
    const answer = this.answers.get(key);
    this.answers.delete(key);
    return answer;
  }

  /** A purchase that depends on nothing that this turn stores, and that nothing in the queue comes before. */
  private isPlain({ side }: Group): boolean {
    if (side === 'SELL' || !this.control.activeModes().includes('LIVE')) return false;
    const settings = this.control.settings('LIVE');
    return !settings.bufferEnabled && !isBudgeted(settings) && this.groups.next('LIVE') === undefined;
  }
}
