/** What the pages are given: plain data of the domain's shapes, so that views know neither D1 nor the objects. */
import type { FollowedUserControl } from '../domain/control.ts';
import type {
  CopyAttemptRecord,
  LeaderFillRecord,
  PositionRecord,
  QuarantineRecord,
  SnapshotRecord,
} from '../domain/records.ts';

export type AttemptView = Omit<CopyAttemptRecord, 'kind' | 'facts' | 'portfolioScope'>;
export type FillView = Omit<LeaderFillRecord, 'kind'> & { readonly attempt: AttemptView | undefined };
export type PositionView = Omit<PositionRecord, 'kind'>;
export type SnapshotView = Omit<SnapshotRecord, 'kind'>;
export type QuarantineView = Omit<QuarantineRecord, 'kind'>;

export interface MarketView {
  /** Hostile text. */
  readonly title: string;
  readonly outcome: string;
  readonly slug: string;
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
}

/** What every page shows around its content. */
export interface Frame {
  readonly paperTrading: 'ON' | 'OFF';
  readonly nowMs: number;
}

export interface AuditView {
  readonly atMs: number;
  readonly action: string;
  readonly subject: string;
  readonly field: string;
  readonly oldValue: string;
  readonly newValue: string;
}
