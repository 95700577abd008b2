/** Putting a market on the blacklist of one Wallet, or taking it off: it is then never bought, and still sold. */
import { parseConditionId, type TradingMode } from '../../domain/ids.ts';
import type { Env } from '../env.ts';
import { type Change, type CommandResult, changeControl, type Pressed } from './change-control.ts';

export interface SetBlacklisted extends Pressed {
  readonly mode: TradingMode;
  readonly conditionId: string;
  readonly listed: boolean;
}

/** As many as the settings take. */
const LISTED_MAX = 500;

/** Saves it. Doing it twice is doing it once. */
export async function setBlacklisted(env: Env, request: SetBlacklisted): Promise<CommandResult> {
  const { commandId, actor, mode, listed, nowMs } = request;
  const conditionId = parseConditionId(request.conditionId);
  if (conditionId === undefined) return { kind: 'invalid', errors: { form: 'there is no such market' } };
  return changeControl(env, {
    commandId,
    actor,
    nowMs,
    change: (control): Change => {
      const { marketBlacklist, ...others } = control.settings[mode];
      if (marketBlacklist.includes(conditionId) === listed) return { kind: 'nothing' };
      if (listed && marketBlacklist.length >= LISTED_MAX)
        return { kind: 'invalid', errors: { form: `at most ${LISTED_MAX} markets fit on the blacklist` } };
      const next = listed
        ? [...marketBlacklist, conditionId]
        : marketBlacklist.filter((one) => one !== conditionId);
      const settings = { ...control.settings, [mode]: { ...others, marketBlacklist: next } };
      const [oldValue, newValue] = listed ? ['allowed', 'never bought'] : ['never bought', 'allowed'];
      return {
        kind: 'change',
        control: { ...control, settings },
        audit: [{ action: 'setBlacklisted', subject: mode, field: conditionId, oldValue, newValue }],
        leaders: control.followedUsers.map((user) => user.leaderAddress),
      };
    },
  });
}
