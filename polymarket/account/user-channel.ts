/**
 * The authenticated channel of our own orders and trades. It has no snapshot and no replay, so the Wallet reads both again
 * after every connection. Refused events are reported; credentials are sent once per connection and never reported.
 */
import { firstProblem, jsonOf, objectOf, textOf } from '../wire/refused.ts';
import { sideSchema } from '../wire/schemas.ts';
import { createVenueSocket, type RawSocket } from '../wire/socket.ts';
import { hiderOf } from './account-calls.ts';
import { type Account, readTrade } from './fill-report.ts';
import { orderReportSchema } from './order-report.ts';
import type { ApiCredentials, UserChannel, UserChannelEvents } from './trading-types.ts';

/** The venue wants a ping every ten seconds (polymarket-api.md 5.1). */
const USER_PING_MS = 10_000;
/** Three answers missed. A quiet account receives nothing else, so only answers to pings show that the channel lives. */
const USER_SILENT_MS = 35_000;
/** A frame holds one or a few events; one far above that size is refused unparsed. */
export const USER_FRAME_CHARS_MAX = 4 * 1_048_576;
const EVENTS_PER_FRAME_MAX = 5_000;
const EXCERPT_CHARS_MAX = 200;

interface UserChannelOptions extends UserChannelEvents {
  readonly url: string;
  readonly credentials: ApiCredentials;
  /** Lower case. */
  readonly funderAddress: string;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Removes other secrets of ours from refused text: the private key. */
  readonly hide?: (text: string) => string;
  /** Called when the connection opens and when it ends. */
  readonly onState?: (open: boolean) => void;
}

/** A stopped channel; `start` opens it, and it reconnects by itself. Never throws. */
export function createUserChannel(options: UserChannelOptions): UserChannel {
  const { credentials } = options;
  const account: Account = { apiKey: credentials.apiKey, funderAddress: options.funderAddress };
  // The venue may echo our subscription. Hide before cutting, so that no half of a credential remains.
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

/** The first frame of a connection; an empty list of markets means all of the account's. */
export function subscribeUserFrame(credentials: ApiCredentials): string {
  const { apiKey, secret, passphrase } = credentials;
  return JSON.stringify({ auth: { apiKey, secret, passphrase }, type: 'user', markets: [] });
}

/** Calls `events` for each event of the frame, in order. A bad one is refused and the others are kept. */
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

/** The event's type where it is sent (recordings of 2024 have it), else by the fields present. */
function kindOf(part: Readonly<Record<string, unknown>>): 'order' | 'trade' | undefined {
  const { event_type: eventType } = part;
  if (eventType === 'order' || eventType === 'trade') return eventType;
  if (eventType !== undefined) return undefined;
  if (typeof part.taker_order_id === 'string') return 'trade';
  return typeof part.id === 'string' && sideSchema.safeParse(part.side).success ? 'order' : undefined;
}
