/** Items about the public sockets: 8 (market channel) and, in the long run, 7 (RTDS, each type by itself). */

import { parseTokenId, type TokenId } from '../../domain/ids.ts';
import { parseMarketFrame, subscribeFrame, subscribeMoreFrame } from '../public/market-channel.ts';
import { objectOf } from '../wire/refused.ts';
import type { ProbeCalls } from './probe-calls.ts';
import { ask, differs, expected, NotAsked, type ProbeItem } from './probe-item.ts';

const SHORT_MS = 8_000;
export const LONG_MS = 15 * 60_000;
const PING_MS = 5_000;
const RTDS_TYPES = ['orders_matched', 'trades'] as const;

/** What a socket sent while it was listened to, with the time of each frame. */
async function listen(
  calls: ProbeCalls,
  url: string,
  given: { readonly frames: readonly (readonly [afterMs: number, text: string])[]; readonly forMs: number },
): Promise<{
  readonly frames: readonly { readonly text: string; readonly atMs: number }[];
  readonly closed: boolean;
}> {
  const { ports } = calls;
  const socket = await ports.openSocket(url);
  const frames: { text: string; atMs: number }[] = [];
  let closed = false;
  socket.onMessage((data) => {
    if (typeof data === 'string') frames.push({ text: data, atMs: ports.nowMs() });
  });
  socket.onClose(() => {
    closed = true;
  });
  const timers = given.frames.map(([afterMs, text]) => ports.setTimer(() => socket.send(text), afterMs));
  let cancelPing = (): void => {};
  const ping = (): void => {
    cancelPing = ports.setTimer(() => {
      if (!closed) socket.send('PING');
      ping();
    }, PING_MS);
  };
  ping();
  await calls.wait(given.forMs);
  cancelPing();
  for (const cancel of timers) cancel();
  socket.close();
  return { frames, closed };
}

async function twoTokens(calls: ProbeCalls): Promise<readonly [TokenId, TokenId]> {
  const rows = await calls.rows(calls.addresses.clobUrl, '/sampling-markets');
  for (const { tokens } of rows) {
    const ids = (Array.isArray(tokens) ? tokens : []).flatMap((one) => {
      const id = objectOf(one)?.token_id;
      return typeof id === 'string' ? (parseTokenId(id) ?? []) : [];
    });
    if (ids[0] !== undefined && ids[1] !== undefined) return [ids[0], ids[1]];
  }
  throw new NotAsked('The venue lists no market with two tokens.');
}

export function marketChannelItem(calls: ProbeCalls, forMs = SHORT_MS): Promise<ProbeItem> {
  const request = 'market channel: one token, later another, then a token that does not exist';
  return ask({ item: '8', title: 'The market channel', request }, async () => {
    const [first, second] = await twoTokens(calls);
    const heard = await listen(calls, calls.addresses.marketUrl, {
      frames: [
        [0, subscribeFrame([first])],
        [2_000, subscribeMoreFrame([second])],
        [4_000, subscribeMoreFrame(['1' as TokenId])],
      ],
      forMs,
    });
    const parsed = heard.frames.map(({ text, atMs }) => parseMarketFrame(text, atMs));
    const books = new Set(
      parsed.flatMap(({ events }) =>
        events.flatMap((event) => (event.kind === 'book' ? [event.snapshot.tokenId] : [])),
      ),
    );
    const refused = parsed.flatMap((frame) => frame.refused);
    const lower = heard.frames.filter(({ text }) => /"side":\s*"(buy|sell)"/.test(text)).length;
    const newMarkets = heard.frames.filter(({ text }) => text.includes('"new_market"')).length;
    const seen = `${heard.frames.length} frames, ${newMarkets} of new markets, ${lower} with a side in lower case.`;
    if (refused.length > 0)
      return differs(
        `${seen} Not understood: ${refused[0]?.reason}.`,
        'Such books are read by REST: copies are slower.',
      );
    if (!books.has(first) || !books.has(second))
      return differs(
        `${seen} No book came for ${books.has(first) ? 'a token subscribed to later' : 'the first token'}.`,
        'Books are read by REST instead: copies in new markets are slower.',
      );
    return heard.closed
      ? differs(
          `${seen} A token that does not exist closes the socket.`,
          'Books of 200 tokens are lost for a second each time.',
        )
      : expected(`${seen} Both books came, and a token that does not exist changes nothing.`);
  });
}

export function rtdsItems(calls: ProbeCalls): readonly Promise<ProbeItem>[] {
  return RTDS_TYPES.map((type, index) => {
    const request = `RTDS: subscribe activity/${type} alone, PING each 5 s, 15 minutes`;
    return ask({ item: index === 0 ? '7a' : '7b', title: `The stream of ${type}`, request }, async () => {
      const frame = JSON.stringify({ action: 'subscribe', subscriptions: [{ topic: 'activity', type }] });
      const startMs = calls.ports.nowMs();
      const heard = await listen(calls, calls.addresses.rtdsUrl, { frames: [[0, frame]], forMs: LONG_MS });
      const data = heard.frames.filter(({ text }) => text.startsWith('{'));
      const last = data.at(-1);
      if (last === undefined)
        return differs('No frame came.', 'Trades are seen by the sweeps alone: seconds to a minute later.');
      const silentMs = startMs + LONG_MS - last.atMs;
      const seen = `${data.length} frames, the last ${Math.round(silentMs / 1_000)} s before the end.`;
      return silentMs > 60_000 || heard.closed
        ? differs(
            `${seen} It fell silent${heard.closed ? ' and was closed' : ''}.`,
            'It is opened again after 30 s of silence; sweeps fill the gap.',
          )
        : expected(seen);
    });
  });
}
