/**
 * The live check from environment variables, for `npm run live:check`: it derives credentials, tries the user channel once
 * and stores nothing. The Wallet runs the same check with its own channel.
 */
import type { CheckItem } from '../../domain/orders/orders.ts';
import type { Fetch } from '../wire/http.ts';
import type { RawSocket } from '../wire/socket.ts';
import { VenueError } from '../wire/venue-error.ts';
import { readLiveSecrets } from './credentials.ts';
import { type ChannelProbe, runLiveCheck } from './live-check.ts';
import type { ApiCredentials } from './trading-types.ts';
import { subscribeUserFrame } from './user-channel.ts';

export interface LiveCheckPorts {
  readonly fetch: Fetch;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
}

/**
 * How long the channel is watched. The venue answers a ping within a second, also one that comes before it has judged the
 * credentials; refused ones end in a close soon after (polymarket-api.md 0-, 5.1).
 */
const PROBE_MS = 3_000;

/** Every item, as the Status page shows it. Throws TypeError naming the variable that is not set to an address. */
export function checkVariables(
  variables: Readonly<Record<string, string | undefined>>,
  ports: LiveCheckPorts,
): Promise<readonly CheckItem[]> {
  const clobUrl = addressOf(variables, 'POLYMARKET_CLOB_URL');
  const orderUrl = variables.POLYMARKET_ORDER_URL ? addressOf(variables, 'POLYMARKET_ORDER_URL') : clobUrl;
  const channelUrl = `${addressOf(variables, 'POLYMARKET_CLOB_WS_URL')}/ws/user`;
  const host = { fetch: ports.fetch, nowMs: ports.nowMs };
  return runLiveCheck({
    secrets: readLiveSecrets(variables),
    clobHost: { ...host, baseUrl: clobUrl },
    orderHost: { ...host, baseUrl: orderUrl },
    ...(variables.POLYMARKET_DATA_URL
      ? { dataHost: { ...host, baseUrl: addressOf(variables, 'POLYMARKET_DATA_URL') } }
      : {}),
    geoblockUrl: addressOf(variables, 'POLYMARKET_GEOBLOCK_URL'),
    probeUserChannel: (credentials) => probeUserChannel({ url: channelUrl, credentials }, ports),
  });
}

function addressOf(variables: Readonly<Record<string, string | undefined>>, name: string): string {
  const address = variables[name] ?? '';
  if (!URL.canParse(address)) throw new TypeError(`${name} is not set to an address`);
  return address.replace(/\/+$/, '');
}

/** Opens the channel, subscribes, sends a ping and watches for a while. Always closes it. Throws VenueError. */
export async function probeUserChannel(
  channel: { readonly url: string; readonly credentials: ApiCredentials },
  ports: Pick<LiveCheckPorts, 'openSocket' | 'setTimer'>,
): Promise<ChannelProbe> {
  let cancelTimer = (): void => {};
  let socket: RawSocket | undefined;
  let answered = false;
  const watched = new Promise<ChannelProbe>((resolve) => {
    cancelTimer = ports.setTimer(() => resolve(answered ? 'STAYED_OPEN' : 'SILENT'), PROBE_MS);
  });
  const closed = async (): Promise<ChannelProbe> => {
    const opened = await ports.openSocket(channel.url);
    socket = opened;
    return new Promise((resolve) => {
      opened.onClose(() => resolve('CLOSED'));
      opened.onMessage((data) => {
        answered ||= data === 'PONG';
      });
      opened.send(subscribeUserFrame(channel.credentials));
      opened.send('PING');
    });
  };
  try {
    return await Promise.race([closed(), watched]);
  } catch (error) {
    // Only the error's name: the runtime's message may quote the whole address.
    const cause = error instanceof Error ? error.name : 'unknown';
    throw error instanceof VenueError
      ? error
      : new VenueError({ kind: 'network', message: `the user channel could not be reached (${cause})` });
  } finally {
    cancelTimer();
    socket?.close();
  }
}

/** A connection through the runtime's own WebSocket, as in Node. Rejects when it cannot be opened. */
export function openStandardSocket(url: string): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('error', () => reject(new Error('the socket could not be opened')));
    socket.addEventListener('open', () =>
      resolve({
        send: (text) => socket.send(text),
        close: () => socket.close(),
        // Safe cast: with binaryType 'arraybuffer' the data of a frame has only these two types.
        onMessage: (callback) =>
          socket.addEventListener('message', (event) => callback(event.data as string | ArrayBuffer)),
        onClose: (callback) => socket.addEventListener('close', () => callback()),
      }),
    );
  });
}
