/**
 * Frames of the live activity feed (RTDS): the subscription, and the trades in a frame whatever its wrapping. A bad row or
 * frame is refused; nothing here throws.
 */
import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';
import { jsonOf, objectOf, type Refusals, type Refused, refusals } from '../wire/refused.ts';
import { type LeaderRow, parseLeaderRow } from './leader-row.ts';

export type RtdsFrame =
  | {
      readonly kind: 'rows';
      readonly source: 'RTDS_TRADES' | 'RTDS_MATCHED';
      readonly rows: LeaderRow[];
      readonly refused: Refused[];
    }
  | { readonly kind: 'ignored' };

/** A frame is about 1 KB; one far above that is refused unparsed. */
export const RTDS_FRAME_CHARS_MAX = 1_048_576;

/**
 * The first frames to send, one for each type: a type that the server does not know spoils the whole list that it is in. Without
 * `action` the server accepts a frame and sends nothing.
 */
export function rtdsSubscribeFrames(): readonly string[] {
  return ['orders_matched', 'trades'].map((type) =>
    JSON.stringify({ action: 'subscribe', subscriptions: [{ topic: 'activity', type }] }),
  );
}

/**
 * The trades in a frame of the live feed. Never throws. With `isFollowed`, rows of other wallets are dropped before
 * validation. Other topics and plain text ('', PONG) are ignored; a frame of both types counts as RTDS_TRADES.
 */
export function parseRtdsFrame(
  text: string,
  options: { readonly isFollowed?: (address: LeaderAddress) => boolean } = {},
): RtdsFrame {
  const refused = refusals('RTDS');
  const rows: LeaderRow[] = [];
  const done = (source: 'RTDS_TRADES' | 'RTDS_MATCHED'): RtdsFrame => ({
    kind: 'rows',
    source,
    rows,
    refused: refused.list(),
  });
  if (text.length > RTDS_FRAME_CHARS_MAX) {
    refused.add(`frame: ${text.length} characters is too large`, text);
    return done('RTDS_TRADES');
  }
  if (!/^\s*[[{]/.test(text)) return { kind: 'ignored' };
  const json = jsonOf(text);
  if (json === undefined) {
    refused.add('frame: not JSON', text);
    return done('RTDS_TRADES');
  }
  const { payloads, matchedOnly } = payloadsOf(json, refused);
  for (const payload of payloads) {
    if (options.isFollowed !== undefined && isUnfollowed(payload, options.isFollowed)) continue;
    const row = parseLeaderRow(payload, refused);
    if (row !== undefined) rows.push(row);
  }
  if (payloads.length === 0 && refused.list().length === 0) return { kind: 'ignored' };
  return done(matchedOnly ? 'RTDS_MATCHED' : 'RTDS_TRADES');
}

/** The trades in a frame, wrapped, bare or in arrays. An error status from the server is refused by number. */
function payloadsOf(json: unknown, refused: Refusals): { payloads: unknown[]; matchedOnly: boolean } {
  const payloads: unknown[] = [];
  let matched = 0;
  let envelopes = 0;
  for (const part of Array.isArray(json) ? json : [json]) {
    const envelope = objectOf(part);
    if (envelope === undefined) {
      refused.add('frame: not an object', part);
      continue;
    }
    if (typeof envelope.statusCode === 'number' && envelope.statusCode >= 400) {
      refused.add(`statusCode: the feed answered ${envelope.statusCode}`, part);
      continue;
    }
    if (typeof envelope.topic === 'string' && envelope.topic !== 'activity') continue;
    const isMatched = envelope.type === 'orders_matched';
    const isKnown = isMatched || envelope.type === 'trades';
    const content = envelope.payload === undefined ? part : envelope.payload;
    for (const payload of Array.isArray(content) ? content : [content]) {
      // Newer frames may lack topic and type: then only an object shaped like a trade counts.
      if (!isKnown && !isTradeShaped(payload)) continue;
      payloads.push(payload);
      envelopes += 1;
      if (isMatched) matched += 1;
    }
  }
  return { payloads, matchedOnly: envelopes > 0 && matched === envelopes };
}

function isTradeShaped(value: unknown): boolean {
  const row = objectOf(value);
  if (row === undefined) return false;
  return (
    (row.transactionHash !== undefined || row.transaction_hash !== undefined) &&
    (row.proxyWallet !== undefined || row.proxy_wallet !== undefined)
  );
}

/** True for a valid wallet that is not followed. A malformed one passes, so that validation refuses it. */
function isUnfollowed(payload: unknown, isFollowed: (address: LeaderAddress) => boolean): boolean {
  const row = objectOf(payload);
  const wallet = row?.proxyWallet ?? row?.proxy_wallet;
  const address = typeof wallet === 'string' ? parseLeaderAddress(wallet) : undefined;
  return address !== undefined && !isFollowed(address);
}
