/**
 * What the operator says about owed exits (A44): keep the shares, try one again whose tries have ended, or confirm the held sales
 * that the page has listed.
 */
import {
  type LeaderAddress,
  parseLeaderAddress,
  parseTokenId,
  type TokenId,
  type TradingMode,
} from '../../domain/ids.ts';
import { shares } from '../../domain/money.ts';
import type { ExitCommandResult, ListedExit } from '../../durable-objects/rpc.ts';
import { positionsOf } from '../control/positions-client.ts';
import type { Env } from '../env.ts';
import { auditDone } from './audit-done.ts';
import type { CommandResult, Pressed } from './change-control.ts';

export interface OneExit extends Pressed {
  readonly mode: TradingMode;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
}

/** Ends what is owed of this position; its shares stay. */
export function keepExit(env: Env, request: OneExit): Promise<CommandResult> {
  return commandOne(env, request, { action: 'KEEP', name: 'keepExit', done: 'kept' });
}

/** Tries a blocked or expired exit again; its age counts from now. */
export function tryExitAgain(env: Env, request: OneExit): Promise<CommandResult> {
  return commandOne(env, request, { action: 'TRY_AGAIN', name: 'tryExitAgain', done: 'tried again' });
}

async function commandOne(
  env: Env,
  request: OneExit,
  what: { readonly action: 'KEEP' | 'TRY_AGAIN'; readonly name: string; readonly done: string },
): Promise<CommandResult> {
  const { mode, leaderAddress, tokenId } = request;
  const exit = { leaderAddress, tokenId };
  const answer = await positionsOf(env, mode).commandExit({ action: what.action, exit });
  const change = { action: `${what.name} ${mode}`, subject: leaderAddress, field: tokenId, oldValue: '' };
  await auditDone(env, request, [{ ...change, newValue: outcome(answer, what.done) }]);
  return resultOf(answer);
}

export interface ConfirmExits extends Pressed {
  readonly mode: TradingMode;
  /** As `listedExits` wrote it on the page. */
  readonly listed: string;
}

/** Starts the held sales of the list. What is held since, or owes more by now, is left for another look. */
export async function confirmExits(env: Env, request: ConfirmExits): Promise<CommandResult> {
  const { mode } = request;
  const listed = parseListed(request.listed);
  if (listed === undefined)
    return { kind: 'invalid', errors: { form: 'the list is not readable; look again' } };
  const answer = await positionsOf(env, mode).commandExit({ action: 'RELEASE', exit: null, listed });
  const change = { action: 'confirmExits', subject: mode, field: 'exits', oldValue: String(listed.length) };
  const rows = answer.kind === 'done' ? answer.rows : 0;
  await auditDone(env, request, [{ ...change, newValue: outcome(answer, String(rows)) }]);
  if (answer.kind === 'done' && rows < listed.length)
    return {
      kind: 'invalid',
      errors: {
        form: `${rows} of ${listed.length} are sold now. The others have changed or are not ON: look again.`,
      },
    };
  return resultOf(answer);
}

function parseListed(text: string): readonly ListedExit[] | undefined {
  const listed = text.split(' ').map((one): ListedExit | undefined => {
    const [leader = '', token = '', micros = ''] = one.split(':');
    const leaderAddress = parseLeaderAddress(leader);
    const tokenId = parseTokenId(token);
    if (leaderAddress === undefined || tokenId === undefined || !/^\d{1,15}$/.test(micros)) return undefined;
    return { leaderAddress, tokenId, shareMicros: shares(BigInt(micros)) };
  });
  const whole = listed.filter((one) => one !== undefined);
  return whole.length === listed.length ? whole : undefined;
}

function outcome(answer: ExitCommandResult, done: string): string {
  return answer.kind === 'done' ? done : `refused: ${answer.reason}`;
}

function resultOf(answer: ExitCommandResult): CommandResult {
  return answer.kind === 'done'
    ? { kind: 'done' }
    : { kind: 'invalid', errors: { form: `${answer.reason}.` } };
}
