/** Paper beside live, or beside SHADOW: a row for each copy, with its fills and what they differ by (A55). */
import type { Side } from '../../domain/ids.ts';
import { cash, type PriceMicros, type ShareMicros, shares } from '../../domain/money.ts';
import type { FillSums } from '../../domain/orders/predicted-fill.ts';
import {
  type ComparedCopy,
  type Divergence,
  divergenceOf,
  missingBy,
  sizedBy,
} from '../../domain/records/divergence.ts';
import type { AttemptRow } from './attempts.ts';
import { type CopyPair, listPairs, type PairPage, type PairRequest } from './copy-pairs.ts';

type Live = CopyPair['live'];

export interface DivergenceRow
  extends Pick<
    AttemptRow,
    | 'leaderAddress'
    | 'tokenId'
    | 'conditionId'
    | 'side'
    | 'decidedAtMs'
    | 'mode'
    | 'groupKey'
    | 'idempotencyKey'
  > {
  /** What paper is compared with; NONE where live placed nothing and recorded nothing. */
  readonly against: 'LIVE' | 'SHADOW' | 'NONE';
  readonly joined: CopyPair['joined'];
  /**
   * Of a row that is not joined: why the other mode did not execute; empty: it never decided on these trades. Of a joined one: why
   * paper waits, or ended without a look at the book.
   */
  readonly reasons: AttemptRow['reasons'];
  readonly leaderPriceMicros: PriceMicros;
  /** Of the live order, else of the decision that the row belongs to. */
  readonly limitPriceMicros: PriceMicros | null;
  /** Null where there is none. */
  readonly paper: FillSums | null;
  /** What the paper walker predicted for the live order. */
  readonly predicted: FillSums | null;
  readonly real: FillSums | null;
  /** Null where one mode did not execute for another reason than a minimum or a cap, or paper was not filled for one of ours. */
  readonly parts: Divergence | null;
}

export interface DivergencePage extends Omit<PairPage, 'rows'> {
  readonly rows: readonly DivergenceRow[];
}

/** One page. */
export async function listDivergence(d1: D1Database, request: PairRequest): Promise<DivergencePage> {
  const page = await listPairs(d1, request);
  return { ...page, rows: page.rows.map(divergenceRow) };
}

function divergenceRow(pair: CopyPair): DivergenceRow {
  const { anchor, joined } = pair;
  const { leaderAddress, tokenId, conditionId, side, decidedAtMs, mode, groupKey, idempotencyKey } = anchor;
  const paper = pair.paper.filter(isExecuted);
  const live = pair.live.filter(({ attempt }) => isExecuted(attempt));
  const others = mode === 'PAPER' ? pair.live.map(({ attempt }) => attempt) : pair.paper;
  const orders = live.flatMap(({ order }) => order ?? []);
  const isMatched = joined === 'KEY' || joined === 'FILLS';
  const reasons = isMatched
    ? paper.flatMap((one) => one.reasons).filter(isOfOurs)
    : others.flatMap((one) => one.reasons);
  return {
    leaderAddress,
    tokenId,
    conditionId,
    side,
    decidedAtMs,
    mode,
    groupKey,
    idempotencyKey,
    against: live.length === 0 ? 'NONE' : live.every(isShadow) ? 'SHADOW' : 'LIVE',
    joined,
    reasons,
    leaderPriceMicros: anchor.referencePriceMicros,
    limitPriceMicros: orders.at(-1)?.limitPriceMicros ?? anchor.limitPriceMicros,
    paper: paper.length === 0 ? null : sumOf(paper.map(fillOf)),
    predicted: predictedOf(live),
    real: live.length === 0 ? null : sumOf(live.map(realOf)),
    parts: partsOf(pair, { side, paper, live, reasons, isMatched }),
  };
}

function partsOf(
  pair: CopyPair,
  given: {
    readonly side: Side;
    readonly paper: readonly AttemptRow[];
    readonly live: Live;
    readonly reasons: AttemptRow['reasons'];
    readonly isMatched: boolean;
  },
): Divergence | null {
  const { side, paper, live, reasons, isMatched } = given;
  const attempts = [...paper, ...live.map(({ attempt }) => attempt)];
  const by = isMatched ? sizedBy(attempts.flatMap(({ clamps }) => clamps)) : missingBy(reasons);
  if (by === null || pair.joined === 'PART' || (isMatched && reasons.length > 0)) return null;
  const copy: ComparedCopy = {
    side,
    leaderPriceMicros: pair.anchor.referencePriceMicros,
    paper: { targetShareMicros: targetOf(paper), fill: sumOf(paper.map(fillOf)) },
    live: {
      targetShareMicros: targetOf(live.map(({ attempt }) => attempt)),
      orderShareMicros: sizeOf(
        live.map(({ attempt, order }) => order?.shareMicros ?? attempt.targetShareMicros),
      ),
      predicted: live.length === 0 ? sumOf([]) : predictedOf(live),
      fill: sumOf(live.map(realOf)),
    },
    sizedBy: by,
  };
  return divergenceOf(copy);
}

/** Whether a paper copy waits still, or ended for a reason of ours and not of the book: then nothing is compared yet (A55). */
function isOfOurs(reason: AttemptRow['reasons'][number]): boolean {
  return reason !== 'NO_LIQUIDITY_WITHIN_BOUNDS';
}

function isExecuted({ decision }: AttemptRow): boolean {
  return decision === 'EXECUTE';
}

function isShadow({ attempt, order }: Live[number]): boolean {
  return order?.shadow ?? attempt.reasons.includes('LIVE_SHADOW_ONLY');
}

function fillOf(row: AttemptRow): FillSums {
  return {
    shareMicros: row.filledShareMicros,
    notionalMicros: row.filledNotionalMicros,
    feeMicros: row.feeMicros,
  };
}

/** Of a SHADOW order what was predicted for it. */
function realOf(live: Live[number]): FillSums {
  const { attempt, order } = live;
  if (order === undefined) return fillOf(attempt);
  if (order.shadow) return predictedOf([live]) ?? fillOf(attempt);
  const { filledShareMicros, filledNotionalMicros, feeMicros } = order;
  return { shareMicros: filledShareMicros, notionalMicros: filledNotionalMicros, feeMicros };
}

/** Null unless there is one for every order. */
function predictedOf(live: Live): FillSums | null {
  const fills = live.flatMap(({ order }): FillSums[] => {
    const { predictedShareMicros, predictedNotionalMicros, predictedFeeMicros } = order ?? NOTHING_PREDICTED;
    return predictedShareMicros === null || predictedNotionalMicros === null || predictedFeeMicros === null
      ? []
      : [
          {
            shareMicros: predictedShareMicros,
            notionalMicros: predictedNotionalMicros,
            feeMicros: predictedFeeMicros,
          },
        ];
  });
  return fills.length === 0 || fills.length < live.length ? null : sumOf(fills);
}

const NOTHING_PREDICTED = {
  predictedShareMicros: null,
  predictedNotionalMicros: null,
  predictedFeeMicros: null,
} as const;

function targetOf(rows: readonly AttemptRow[]): ShareMicros {
  return sizeOf(rows.map((row) => row.targetShareMicros));
}

function sizeOf(sizes: readonly ShareMicros[]): ShareMicros {
  return shares(sizes.reduce((sum: bigint, size) => sum + size, 0n));
}

function sumOf(fills: readonly FillSums[]): FillSums {
  const sum = (part: (fill: FillSums) => bigint): bigint =>
    fills.reduce((total, fill) => total + part(fill), 0n);
  return {
    shareMicros: shares(sum((fill) => fill.shareMicros)),
    notionalMicros: cash(sum((fill) => fill.notionalMicros)),
    feeMicros: cash(sum((fill) => fill.feeMicros)),
  };
}
