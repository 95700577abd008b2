/**
 * The paper switch. OFF reaches the Wallet first and D1 when D1 can, so that it holds even while D1 is down; ON is saved
 * first and then sent to the Wallet, which takes ON only from this command (design.md 3).
 */

import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { WALLET_NAMES } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';
import { type Change, type CommandResult, changeControl, type Pressed } from './change-control.ts';

export interface SwitchPaper extends Pressed {
  readonly state: 'ON' | 'OFF';
}

/** Switches paper trading. Throws when the Wallet does not answer; nothing is claimed then. */
export async function setPaperTrading(env: Env, request: SwitchPaper): Promise<CommandResult> {
  const wallet = env.WALLET.getByName(WALLET_NAMES.PAPER);
  const { state } = request;
  if (state === 'ON') {
    const saved = await save(env, request);
    if (saved.kind === 'done') await wallet.setTrading(state);
    return saved;
  }
  await wallet.setTrading(state);
  try {
    return await save(env, request);
  } catch (error) {
    log('error', 'paper trading is off in the Wallet, but D1 was not written', { reason: reasonOf(error) });
    const form = 'Paper trading IS off, but the database did not answer: other pages may still say on.';
    return { kind: 'invalid', errors: { form } };
  }
}

function save(env: Env, { state, ...pressed }: SwitchPaper): Promise<CommandResult> {
  return changeControl(env, {
    ...pressed,
    change: (control): Change => {
      if (control.paperTrading === state) return { kind: 'nothing' };
      const [oldValue, newValue] = [control.paperTrading, state];
      return {
        kind: 'change',
        control: { ...control, paperTrading: state },
        audit: [{ action: 'setPaperTrading', subject: 'PAPER', field: 'paperTrading', oldValue, newValue }],
        leaders: control.followedUsers.map((user) => user.leaderAddress),
      };
    },
  });
}
