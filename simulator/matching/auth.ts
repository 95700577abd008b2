// Authentication: L1 (signed by the wallet, for API keys) and L2 (HMAC over the exact bytes of each private call).
// A key belongs to the address that created it; the same (address, nonce) always gives the same key on one exchange.

import { computeHmac, decodeBase64, encodeBase64, getBytes, isAddress, keccak256, toUtf8Bytes } from 'ethers';
import type { World } from '../model/model.ts';
import type { ApiKey } from '../model/trading-model.ts';
import { type Call, json, type RestAnswer } from '../wire/http.ts';
import { isAttestedBy } from './order-hash.ts';

/** How far a caller's clock may be off. */
const CLOCK_TOLERANCE_S = 60;
const KEYS_MAX = 200;

export const UNAUTHORIZED: RestAnswer = json(401, { error: 'Unauthorized/Invalid api key' });
const BAD_L1: RestAnswer = json(401, { error: 'Invalid L1 Request headers' });

/** The API key that signed a call, or null. `path` is without its query, `body` the exact text. */
export function callerOf(world: World, call: Call, nowMs: number): ApiKey | null {
  const { headers } = call;
  const key = world.trading.keys.get(headers.poly_api_key ?? '');
  const timestamp = headers.poly_timestamp ?? '';
  if (key === undefined || !isFresh(timestamp, nowMs)) return null;
  if (headers.poly_passphrase !== key.passphrase) return null;
  if (headers.poly_address?.toLowerCase() !== key.owner) return null;
  const expected = hmacOf(key.secret, `${timestamp}${call.method}${call.rawPath}${call.body}`);
  return headers.poly_signature === expected ? key : null;
}

/** HMAC-SHA256 in base64url with its padding. */
export function hmacOf(secret: string, message: string): string {
  const bytes = decodeBase64(secret.replaceAll('-', '+').replaceAll('_', '/'));
  return urlSafe(computeHmac('sha256', bytes, toUtf8Bytes(message)));
}

/** POST /auth/api-key and GET /auth/derive-api-key. */
export function credentialsRoute(world: World, call: Call, nowMs: number): RestAnswer {
  const { headers } = call;
  const address = headers.poly_address ?? '';
  const timestamp = headers.poly_timestamp ?? '';
  const nonce = headers.poly_nonce ?? '0';
  const attested =
    isAddress(address) &&
    /^\d{1,20}$/.test(nonce) &&
    isFresh(timestamp, nowMs) &&
    isAttestedBy(address, { timestamp, nonce, signature: headers.poly_signature ?? '' });
  if (!attested) return BAD_L1;
  const made = credentialsOf(world, address.toLowerCase(), nonce, nowMs);
  const known = world.trading.keys.get(made.key);
  if (call.method === 'GET') {
    return known === undefined ? json(400, { error: 'Could not derive api key!' }) : shown(known);
  }
  if (known !== undefined || world.trading.keys.size >= KEYS_MAX)
    return json(400, { error: 'Could not create api key' });
  return shown(keepKey(world, made));
}

/** Adds a key; it is saved with the next step. */
export function keepKey(world: World, key: ApiKey): ApiKey {
  world.trading.keys.set(key.key, key);
  world.dirty.add(`api-key/${key.key}`);
  return key;
}

/** The key of an (address, nonce), whether it was requested before or not. */
export function credentialsOf(world: World, owner: string, nonce: string, nowMs: number): ApiKey {
  const part = (name: string): string =>
    keccak256(toUtf8Bytes(`practice-exchange:${world.meta.seed}:${owner}:${nonce}:${name}`)).slice(2);
  const id = part('key');
  return {
    key: uuidOf(id),
    owner,
    nonce,
    secret: urlSafe(`0x${part('secret')}`),
    passphrase: part('passphrase'),
    createdAtMs: nowMs,
    heartbeat: null,
  };
}

/** A uuid from at least 32 hex digits. */
export function uuidOf(hex: string): string {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}

function shown(key: ApiKey): RestAnswer {
  return json(200, { apiKey: key.key, secret: key.secret, passphrase: key.passphrase });
}

function isFresh(timestamp: string, nowMs: number): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  return Math.abs(Number(timestamp) * 1_000 - nowMs) <= CLOCK_TOLERANCE_S * 1_000;
}

function urlSafe(hex: string): string {
  return encodeBase64(getBytes(hex)).replaceAll('+', '-').replaceAll('/', '_');
}
