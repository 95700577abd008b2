/**
 * Which sockets LeaderFeed holds: the stream of trades while somebody is watched and the setting allows it, the market channel
 * while somebody is watched. Each keeps the object awake, and its frames may be billed (design.md 2).
 */
import type { FeedStatus } from '../../domain/records/status.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { rtdsSubscribeFrames } from '../../polymarket/public/rtds-frame.ts';
import { createVenueSocket, type RawSocket, type VenueSocket } from '../../polymarket/wire/socket.ts';
import type { ControlCache } from '../platform/control-cache.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { MarketReceiver, MarketSockets } from './market-sockets.ts';
import type { WatchList } from './watch-list.ts';

/** A stream without a trade for this long is dead: all of the venue's trades pass through it. */
const RTDS_SILENT_MS = 30 * SECOND_MS;
/** RTDS goes quiet without a text ping every few seconds (polymarket-api.md 5.3). */
const RTDS_PING_MS = 5 * SECOND_MS;

export class Listening {
  constructor(
    private readonly rtds: VenueSocket,
    private readonly sockets: MarketSockets,
    private readonly books: MarketReceiver,
    private readonly watch: WatchList,
    private readonly control: ControlCache,
  ) {}

  /** Opens the sockets that are of use now, and closes the others. */
  match(): void {
    const unused = this.unused();
    if (unused === null) this.rtds.start();
    else this.rtds.stop();
    this.watch.sweepAlone(unused === 'SETTING');
    if (this.isIdle()) this.sockets.stop();
    else this.sockets.start(this.books);
  }

  /** Nobody is followed, and no shares of a leader are held. */
  isIdle(): boolean {
    return this.watch.list().length === 0;
  }

  /** Why the stream is not to be open; null while it is. */
  unused(): FeedStatus['rtds']['unused'] {
    if (this.isIdle()) return 'NOBODY_FOLLOWED';
    return this.control.get()?.system.rtdsEnabled === false ? 'SETTING' : null;
  }
}

/** The stream of all trades, stopped. After each connection `opened` runs. */
export function rtdsSocket(
  { timers, nowMs }: Pick<ObjectPorts, 'timers' | 'nowMs'>,
  deps: {
    readonly rtdsUrl: string;
    readonly openSocket: (url: string) => Promise<RawSocket>;
    readonly random: () => number;
  },
  on: {
    readonly opened: () => void;
    /** Connected, and yet nothing comes, or not connected; false with the first frame. */
    readonly silent: (isSilent: boolean) => void;
    readonly received: (text: string) => unknown;
  },
): VenueSocket {
  return createVenueSocket({
    url: deps.rtdsUrl,
    openSocket: deps.openSocket,
    random: deps.random,
    onOpen: (send) => {
      for (const frame of rtdsSubscribeFrames()) send(frame);
      on.opened();
    },
    onText: (text) => {
      on.silent(false);
      return on.received(text);
    },
    onState: (state) => {
      // A stream that was stopped on purpose is not missed.
      if (state === 'WAITING') on.silent(true);
      else if (state === 'STOPPED') on.silent(false);
    },
    pingEveryMs: RTDS_PING_MS,
    silentAfterMs: RTDS_SILENT_MS,
    setTimer: (task, ms) => timers.after(ms, task),
    nowMs,
  });
}
