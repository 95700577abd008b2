/** The objects of the system as the pages see them: what each reports about itself, or that it does not answer. */
import type { FeedStatus, UserStatus, WalletStatus } from '../../domain/records/status.ts';

/** An object that gave no status in time. */
export interface NoAnswer {
  readonly kind: 'no-answer';
  readonly healthy: false;
  readonly noAnswerBecause: string;
}

export type StatusOf = FeedStatus | WalletStatus | UserStatus | NoAnswer;

export interface WalletsView {
  readonly paper: WalletStatus | NoAnswer;
  readonly live: WalletStatus | NoAnswer;
}

export interface ObjectsView extends WalletsView {
  readonly feed: FeedStatus | NoAnswer;
  /** Empty on a page that does not ask them. */
  readonly leaders: readonly { readonly label: string; readonly status: UserStatus | NoAnswer }[];
}

export interface Part {
  readonly title: string;
  readonly status: StatusOf;
}

/** Every object with its title, in the order of the page Status. */
export function partsOf({ feed, paper, live, leaders }: ObjectsView): readonly Part[] {
  return [
    { title: 'Leader feed', status: feed },
    { title: 'Wallet PAPER', status: paper },
    { title: 'Wallet LIVE', status: live },
    ...leaders.map(({ label, status }) => ({ title: `Leader ${label}`, status })),
  ];
}
