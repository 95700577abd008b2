/** What pages receive: plain data of the domain's shapes, so that views know neither D1 nor the objects. */

import type { FillSums } from '../domain/orders/predicted-fill.ts';
import type { Divergence } from '../domain/records/divergence.ts';
import type {
  DifferenceRecord,
  LiveFillRecord,
  LiveOrderRecord,
  VenuePositionRecord,
} from '../domain/records/live-records.ts';
import type {
  CopyAttemptRecord,
  CopyFillRecord,
  LeaderFillRecord,
  LeaderPositionRecord,
  MarketRecord,
  PositionRecord,
  QuarantineRecord,
  SnapshotRecord,
} from '../domain/records/records.ts';
import type { FollowedUserControl } from '../domain/settings/control.ts';
import type { EntryState, LiveState } from '../domain/settings/switches.ts';

export type AttemptView = Omit<CopyAttemptRecord, 'kind' | 'facts' | 'portfolioScope'>;
export type CopyFillView = Omit<CopyFillRecord, 'kind'>;
export type LeaderFillView = Omit<LeaderFillRecord, 'kind'>;
export type FillView = Omit<LeaderFillRecord, 'kind'> & { readonly attempt: AttemptView | undefined };
export type LeaderPositionView = Omit<LeaderPositionRecord, 'kind'>;
export type PositionView = Omit<PositionRecord, 'kind'>;
/** A position with the age of its mark when the page was made; null without a mark. */
export type MarkedPositionView = PositionView & { readonly markAgeMs: number | null };
export type SnapshotView = Omit<SnapshotRecord, 'kind'>;
export type LiveOrderView = Omit<LiveOrderRecord, 'kind'>;
export type LiveFillView = Omit<LiveFillRecord, 'kind'>;
export type VenuePositionView = Omit<VenuePositionRecord, 'kind'>;
export type DifferenceView = Omit<DifferenceRecord, 'kind'>;
/** Paper beside live: one copy. Null where there is no such fill. */
export interface DivergenceView
  extends Pick<
    CopyAttemptRecord,
    'tokenId' | 'conditionId' | 'side' | 'decidedAtMs' | 'reasons' | 'limitPriceMicros'
  > {
  readonly against: 'LIVE' | 'SHADOW' | 'NONE';
  readonly joined: 'KEY' | 'FILLS' | 'PART' | 'NONE';
  readonly leaderPriceMicros: bigint;
  readonly paper: FillSums | null;
  readonly predicted: FillSums | null;
  readonly real: FillSums | null;
  readonly parts: Divergence | null;
}
export type QuarantineView = Omit<QuarantineRecord, 'kind'>;

/** One outcome of a market. Hostile text inside. */
export type OutcomeView = Omit<MarketRecord, 'kind' | 'revision'>;

export interface MarketView {
  /** Hostile text. */
  readonly title: string;
  readonly outcome: string;
  readonly slug: string;
  /** Payout per share once resolved; null before. */
  readonly payoutPriceMicros: bigint | null;
}

/** Names for what rows hold as ids. */
export interface Names {
  /** Labels by leader address. */
  readonly leaders: ReadonlyMap<string, string>;
  /** Markets by token id. */
  readonly markets: ReadonlyMap<string, MarketView>;
}

export interface UserView {
  readonly user: FollowedUserControl;
  /** Our slice that copies this leader; undefined until its first snapshot. */
  readonly slice: SnapshotView | undefined;
  /** The same of the live Wallet. */
  readonly liveSlice: SnapshotView | undefined;
}

/** What every page shows around its content. */
export interface Frame {
  readonly paperTrading: 'ON' | 'OFF';
  /** As saved; the Wallet may enforce a lower state. */
  readonly liveTrading: LiveState;
  readonly liveEntries: EntryState;
  readonly nowMs: number;
}

export interface AuditView {
  readonly atMs: number;
  /** Hostile text. */
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly field: string;
  readonly oldValue: string;
  readonly newValue: string;
}

/** The answer of the Wallet to a switch: orders that may still arrive, and those that are being cancelled. */
export interface Acknowledgement {
  readonly inFlightOrderIds: readonly string[];
  readonly cancelingOrderIds: readonly string[];
}

/** One saved change in words. Who did it, and all values, may be hostile text. */
export interface ChangeView {
  /** Its number in the audit log. */
  readonly no: number;
  readonly atMs: number;
  readonly actor: string;
  readonly sentence: string;
  readonly fields: readonly { readonly label: string; readonly before: string; readonly after: string }[];
}

/** A field that another command has changed since the form was made, as texts of the form. */
export interface FieldMark {
  /** `theirs`: not touched here, so it shows the new value; `both`: what was typed here stays. */
  readonly kind: 'theirs' | 'both';
  /** Undefined when the form's own version is not known. */
  readonly was: string | undefined;
  readonly now: string;
}

/** What is shown with a form that came too late. */
export interface StaleView {
  /** Whether the version that the form was made from is known; else the changes in between are not known. */
  readonly baseKnown: boolean;
  /** Newest first. */
  readonly changes: readonly ChangeView[];
  /** There were more than are listed. */
  readonly more: boolean;
  /** By field. */
  readonly marks: Readonly<Record<string, FieldMark>>;
}
