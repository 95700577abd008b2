/** The parts that every Wallet has, as WalletCore makes them: what `paper/` and `live/` are wired from. */
import type { Outbox } from '../platform/outbox.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { FeedPort } from '../rpc.ts';
import type { AttemptStats } from './attempt-stats.ts';
import type { OwedExits } from './exits/owed-exits.ts';
import type { WalletKeyValue } from './keys.ts';
import type { Pause } from './pause.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { WalletSwitches } from './switches.ts';
import type { WalletSettings } from './wallet-settings.ts';

export interface SharedParts {
  readonly ports: ObjectPorts;
  readonly kv: WalletKeyValue;
  readonly outbox: Outbox;
  readonly scheduler: Scheduler;
  readonly settings: WalletSettings;
  readonly stats: AttemptStats;
  readonly book: PortfolioStore;
  readonly switches: WalletSwitches;
  readonly pause: Pause;
  readonly feed: FeedPort;
  readonly owed: OwedExits;
}
