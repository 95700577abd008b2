/** The wire formats as small files written by us, the ids in them, and a host that answers with them. */
import { readFileSync } from 'node:fs';
import {
  type ConditionId,
  type LeaderAddress,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
  type TokenId,
} from '../../domain/ids.ts';
import type { VenueHost } from '../../polymarket/wire/http.ts';

export const TOKEN_1 = parseTokenId(
  '71321045679252212594626385532706912750332728571942532289631379312455583992563',
) as TokenId;
export const TOKEN_2 = parseTokenId(
  '52114319501245915516055106046884209969926127482827954674443846427813813222426',
) as TokenId;
export const CONDITION = parseConditionId(`0x${'1'.repeat(64)}`) as ConditionId;
/** Sent in 62 digits, held in 64. */
export const CONDITION_V2 = parseConditionId(`0x${'2'.repeat(62)}`) as ConditionId;
export const LEADER = parseLeaderAddress('0xabcd00000000000000000000000000000000ef12') as LeaderAddress;
export const TX_HASH = `0xaaaa${'2'.repeat(60)}`;

/** The text of a fixture. */
export function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}

export interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** A host that gives these answers in turn (the last one again and again) and remembers what was requested. */
export function hostOf(...answers: readonly Answer[]): VenueHost & { readonly requests: URL[] } {
  const requests: URL[] = [];
  let nowMs = 1_790_000_000_000;
  return {
    baseUrl: 'https://venue.test/',
    nowMs: () => {
      nowMs += 1;
      return nowMs;
    },
    fetch: (input) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)]!;
      requests.push(new URL(input));
      return Promise.resolve(
        new Response(answer.body ?? '', { status: answer.status ?? 200, headers: answer.headers ?? {} }),
      );
    },
    requests,
  };
}
