/**
 * The authenticated channel of our own orders and trades. It has no snapshot and no replay: after every connection the
 * Wallet reads both again. A frame that is not understood is handed on by name; credentials are sent once and never shown.
 */
import { SIDES } from '../../domain/ids.ts';
import { firstProblem, jsonOf, objectOf, textOf } from '../wire/refused.ts';
import { createVenueSocket, type RawSocket } from '../wire/socket.ts';
import { hiderOf } from './account-calls.ts';
import { type Account, readTrade } from './fill-report.ts';
import { orderReportSchema } from './order-report.ts';
import type { ApiCredentials, UserChannel, UserChannelEvents } from './trading-types.ts';

/** The venue asks for one every ten seconds (polymarket-api.md 5.1). */
export const USER_PING_MS = 10_000;
/** Three answers missed: the connection is gone. A quiet account sends nothing else, so only answers can tell. */
export const USER_SILENT_MS = 35_000;
/** A frame is one or a few events; one far above that is not parsed at all. */
export const USER_FRAME_CHARS_MAX = 4 * 1_048_576;
const EVENTS_PER_FRAME_MAX = 5_000;
const EXCERPT_CHARS_MAX = 200;

export interface UserChannelOptions extends UserChannelEvents {
  readonly url: string;
  readonly credentials: ApiCredentials;
  /** Lower case. */
  readonly funderAddress: string;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
  /** 0…1, for the jitter. */
  readonly random: () => number;
  /** Takes out of refused text whatever else of ours must not be kept: the private key. */
  readonly hide?: (text: string) => string;
  /** Told when a connection stands and when it no longer does. */
  readonly onState?: (open: boolean) => void;
}

/** A stopped channel; `start` opens it and it comes back by itself. Never throws. */
export function createUserChannel(options: UserChannelOptions): UserChannel {
  const { credentials } = options;
  const account: Account = { apiKey: credentials.apiKey, funderAddress: options.funderAddress };
  // A venue may throw our own subscription back at us: it is blotted out before anything is cut, so that no half remains.
  const hideCredentials = hiderOf(credentials);
  const hide = (text: string): string => (options.hide ?? ((whole) => whole))(hideCredentials(text));
  return createVenueSocket({
    url: options.url,
    openSocket: options.openSocket,
    pingEveryMs: USER_PING_MS,
    silentAfterMs: USER_SILENT_MS,
    answersCount: true,
    setTimer: options.setTimer,
    nowMs: options.nowMs,
    random: options.random,
    onOpen: (send) => {
      send(subscribeUserFrame(credentials));
      options.onOpen();
    },
    onText: (text) => takeUserFrame(text, account, options, hide),
    onState: (state) => options.onState?.(state === 'OPEN'),
  });
}

/** The first frame of a connection: it asks for every market of the account. */
export function subscribeUserFrame(credentials: ApiCredentials): string {
  const { apiKey, secret, passphrase } = credentials;
  return JSON.stringify({ auth: { apiKey, secret, passphrase }, type: 'user', markets: [] });
}

/** Calls the events for everything in the frame, in order; one bad event does not lose the others. */
export function takeUserFrame(
  text: string,
  account: Account,
  events: Pick<UserChannelEvents, 'onOrder' | 'onFills' | 'onRefused'>,
  hide: (text: string) => string = (whole) => whole,
): void {
  const refuse = (reason: string, value: unknown): void =>
    events.onRefused({
      reason: hide(reason).slice(0, EXCERPT_CHARS_MAX),
      excerpt: hide(textOf(value)).slice(0, EXCERPT_CHARS_MAX),
    });
  if (text.length > USER_FRAME_CHARS_MAX) {
    refuse(`frame: ${text.length} characters is too large`, text);
    return;
  }
  const json = jsonOf(text);
  if (json === undefined) {
    refuse('frame: not JSON', text);
    return;
  }
  const parts = Array.isArray(json) ? json : [json];
  if (parts.length > EVENTS_PER_FRAME_MAX) refuse(`frame: ${parts.length} events are too many`, text);
  for (const part of parts.slice(0, EVENTS_PER_FRAME_MAX)) takeEvent(part, account, events, refuse);
}

function takeEvent(
  value: unknown,
  account: Account,
  events: Pick<UserChannelEvents, 'onOrder' | 'onFills'>,
  refuse: (reason: string, value: unknown) => void,
): void {
  const part = objectOf(value);
  const kind = part === undefined ? undefined : kindOf(part);
  if (kind === 'trade') {
    const reading = readTrade(value, account);
    if (reading.kind === 'fills') events.onFills(reading.fills);
    else refuse(reading.reason, value);
  } else if (kind === 'order') {
    const result = orderReportSchema.safeParse(value);
    if (result.success) events.onOrder(result.data);
    else refuse(`order ${firstProblem(result.error)}`, value);
  } else {
    refuse('event: neither an order nor a trade', value);
  }
}

/** Recorded order messages of 2024 name their kind; where none is named the shape tells. */
function kindOf(part: Readonly<Record<string, unknown>>): 'order' | 'trade' | undefined {
  const { event_type: told } = part;
  if (told === 'order' || told === 'trade') return told;
  if (told !== undefined) return undefined;
  if (typeof part.taker_order_id === 'string') return 'trade';
  return typeof part.id === 'string' && SIDES.some((side) => side === part.side) ? 'order' : undefined;
}
