/** Rows, fills, groups and settings of one leader, for small tests: round numbers, and only what a test names differs. */
import { createHash } from 'node:crypto';
import type { ExitPart } from '../../../domain/decide/decision-facts.ts';
import {
  type ConditionId,
  type FillId,
  groupKey,
  type LeaderAddress,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
  type TokenId,
} from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { Group, PendingFill } from '../../../durable-objects/follower/groups.ts';
import { Outbox } from '../../../durable-objects/platform/outbox.ts';
import type { LeaderRow } from '../../../polymarket/public/leader-row.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { type MemoryPorts, START_MS } from '../memory-ports.ts';

export const LEADER = parseLeaderAddress(`0x${'a'.repeat(40)}`) as LeaderAddress;
export const TOKEN = parseTokenId('7') as TokenId;
export const OTHER_TOKEN = parseTokenId('8') as TokenId;
export const CONDITION = parseConditionId(`0x${'b'.repeat(64)}`) as ConditionId;
export const OTHER_CONDITION = parseConditionId(`0x${'c'.repeat(64)}`) as ConditionId;

/** A hash made of a name. */
export function hashOf(name: string): string {
  return `0x${createHash('sha256').update(name).digest('hex')}`;
}

/** 100 shares bought at 50 cents a second before the start, in a transaction of its own name. */
export function leaderRow(part: Partial<LeaderRow> & { readonly tx?: string } = {}): LeaderRow {
  const { tx = 'one', ...given } = part;
  const shareMicros = given.shareMicros ?? shares(100_000_000n);
  const priceMicros = given.priceMicros ?? price(500_000n);
  return {
    txHash: hashOf(tx),
    leaderAddress: LEADER,
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    shareMicros,
    priceMicros,
    notionalMicros: cash((shareMicros * priceMicros) / 1_000_000n),
    eventAtMs: START_MS - 1_000,
    title: '',
    slug: '',
    outcome: '',
    ...given,
  };
}

/** A fill named by its id: 100 shares bought at 50 cents. */
export function pendingFill(fillId: string, part: Partial<PendingFill> = {}): PendingFill {
  const row = leaderRow({ tx: fillId, ...part });
  const { txHash, tokenId, conditionId, side, shareMicros, priceMicros, notionalMicros, eventAtMs } = row;
  const amounts = { shareMicros, priceMicros, notionalMicros, eventAtMs };
  // Any text serves: nothing looks into the id of a fill.
  const of = { fillId: fillId as FillId, txHash, tokenId, conditionId, side };
  return {
    ...of,
    ...amounts,
    detectedAtMs: START_MS,
    source: 'RTDS_TRADES',
    heldBeforeMicros: null,
    inReading: false,
    ...part,
  };
}

/** A group named by its only fill: 4 shares bought at 50 cents. */
export function group(name: string, part: Partial<Group> = {}): Group {
  return {
    groupKey: groupKey([name]),
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    fillCount: 1,
    shareMicros: shares(4_000_000n),
    notionalMicros: cash(2_000_000n),
    referencePriceMicros: price(500_000n),
    eventAtMs: START_MS - 1_000,
    detectedAtMs: START_MS,
    newest: { eventAtMs: START_MS - 1_000, detectedAtMs: START_MS, ownWaitMs: 25 },
    ...part,
  };
}

/** The leader sold so many of so many whole shares. */
export function exitPart(sold: bigint, held: bigint): ExitPart {
  const whole = (count: bigint) => shares(count * 1_000_000n);
  return { kind: 'FRACTION', soldShareMicros: whole(sold), heldShareMicros: whole(held) };
}

export function settingsWith(part: Partial<ModeSettings>): ModeSettings {
  return { ...earlierSettings('PAPER'), ...part };
}

/** An outbox that nothing drains: read what was added with `ports.outboxed()`. */
export function outboxOver(ports: MemoryPorts): Outbox {
  return new Outbox(
    ports,
    async () => {},
    () => {},
  );
}
