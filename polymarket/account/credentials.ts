/**
 * Checks the live secrets from the environment and derives the API credentials from the key. Problems name the field,
 * never the value. The key stays inside closures: no object that could be logged or stored holds it.
 */
import { createL1Headers } from '@polymarket/clob-client-v2';
import { computeAddress, getAddress, SigningKey, type TypedDataDomain, TypedDataEncoder } from 'ethers';
import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';
import * as z from '../../domain/zod.ts';
import { expectPayload, fetchJson, type VenueHost } from '../wire/http.ts';
import { VenueError } from '../wire/venue-error.ts';
import { textHeaders } from './account-calls.ts';
import { CHAIN_ID } from './contracts.ts';
import { createOrderSigner } from './order-signing.ts';
import {
  type ApiCredentials,
  type OrderSigner,
  SIGNATURE_TYPES,
  type SignatureType,
} from './trading-types.ts';

export interface LiveEnvironment {
  readonly POLYMARKET_PRIVATE_KEY?: string | undefined;
  readonly POLYMARKET_FUNDER_ADDRESS?: string | undefined;
  readonly POLYMARKET_SIGNATURE_TYPE?: string | undefined;
}
export type SecretField = keyof LiveEnvironment;

/** The signer interface that the official client expects; the object does not hold the key. */
export interface ClientSigner {
  /** In the checksum form. */
  getAddress(): Promise<string>;
  _signTypedData(
    domain: TypedDataDomain,
    types: Record<string, { name: string; type: string }[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}

export type LiveSecrets =
  | { readonly kind: 'missing'; readonly names: readonly SecretField[] }
  | { readonly kind: 'malformed'; readonly field: SecretField; readonly sentence: string }
  | { readonly kind: 'ready'; readonly signer: OrderSigner; readonly clientSigner: ClientSigner };

const TYPE_NAMES = ['EOA', 'proxy wallet', 'Safe', 'deposit wallet'] as const satisfies Record<
  SignatureType,
  string
>;

/** "3 (deposit wallet)". */
export function signatureTypeLabel(type: SignatureType): string {
  return `${type} (${TYPE_NAMES[type]})`;
}

/** Checks the three secrets, also against each other. Makes no request. */
export function readLiveSecrets(env: LiveEnvironment): LiveSecrets {
  const key = env.POLYMARKET_PRIVATE_KEY?.trim() ?? '';
  const funder = env.POLYMARKET_FUNDER_ADDRESS?.trim() ?? '';
  const typeText = env.POLYMARKET_SIGNATURE_TYPE?.trim() ?? '';
  const names: SecretField[] = [];
  if (key === '') names.push('POLYMARKET_PRIVATE_KEY');
  if (funder === '') names.push('POLYMARKET_FUNDER_ADDRESS');
  if (typeText === '') names.push('POLYMARKET_SIGNATURE_TYPE');
  if (names.length > 0) return { kind: 'missing', names };

  const signingKey = signingKeyOf(key);
  if (signingKey === undefined) {
    return malformed(
      'POLYMARKET_PRIVATE_KEY',
      'is not a private key: it must be 64 hex digits, with or without 0x.',
    );
  }
  const signatureType = SIGNATURE_TYPES.find((type) => String(type) === typeText);
  if (signatureType === undefined) {
    return malformed(
      'POLYMARKET_SIGNATURE_TYPE',
      'must be 0 (EOA), 1 (proxy wallet), 2 (Safe) or 3 (deposit wallet).',
    );
  }
  const funderAddress = addressOf(funder);
  if (funderAddress === undefined) {
    return malformed(
      'POLYMARKET_FUNDER_ADDRESS',
      'is not an address: it must be 0x and 40 hex digits; in mixed case the checksum must be right.',
    );
  }
  const owner = computeAddress(signingKey.publicKey);
  if (signatureType === 0 && funderAddress !== owner) {
    return malformed(
      'POLYMARKET_FUNDER_ADDRESS',
      `must be the address of the key itself for signature type ${signatureTypeLabel(0)}.`,
    );
  }
  if (signatureType !== 0 && funderAddress === owner) {
    return malformed(
      'POLYMARKET_FUNDER_ADDRESS',
      `is the address of the key itself; signature type ${signatureTypeLabel(signatureType)} needs the address of the wallet that holds the funds.`,
    );
  }
  return {
    kind: 'ready',
    signer: createOrderSigner({ privateKey: signingKey.privateKey, funderAddress, signatureType }),
    clientSigner: clientSignerOf(signingKey, owner),
  };
}

/**
 * The addresses that are the operator's own, lower-cased: the funder and the address of the key. What is missing or malformed is
 * left out.
 */
export function ownAddresses(env: LiveEnvironment): readonly LeaderAddress[] {
  const key = signingKeyOf(env.POLYMARKET_PRIVATE_KEY?.trim() ?? '');
  const known = [env.POLYMARKET_FUNDER_ADDRESS?.trim(), key && computeAddress(key.publicKey)];
  return [...new Set(known.flatMap((one) => (one === undefined ? [] : (parseLeaderAddress(one) ?? []))))];
}

function malformed(field: SecretField, what: string): LiveSecrets {
  return { kind: 'malformed', field, sentence: `${field} ${what}` };
}

function signingKeyOf(text: string): SigningKey | undefined {
  const hex = text.startsWith('0x') ? text : `0x${text}`;
  if (!/^0x[0-9a-f]{64}$/i.test(hex)) return undefined;
  try {
    const key = new SigningKey(hex);
    // Zero and numbers from the curve's order up fail only here.
    computeAddress(key.publicKey);
    return key;
  } catch {
    // The error is dropped because it may quote the key.
    return undefined;
  }
}

/** The address in checksum form; undefined when it is malformed or its checksum is wrong. */
function addressOf(text: string): string | undefined {
  if (!/^0x[0-9a-f]{40}$/i.test(text)) return undefined;
  try {
    return getAddress(text);
  } catch {
    // Mixed case with a wrong checksum: a digit was mistyped.
    return undefined;
  }
}

function clientSignerOf(key: SigningKey, owner: string): ClientSigner {
  return {
    getAddress: async () => owner,
    _signTypedData: async (domain, types, value) =>
      key.sign(TypedDataEncoder.hash(domain, types, value)).serialized,
  };
}

const credentialsSchema = z.object({
  apiKey: z.string().check(z.minLength(1), z.maxLength(200)),
  secret: z.string().check(z.minLength(1), z.maxLength(500)),
  passphrase: z.string().check(z.minLength(1), z.maxLength(500)),
});

/**
 * The account's API credentials: the existing ones, else new ones. Both belong to the key and nonce 0, so the same key
 * always gives the same credentials (polymarket-api.md 2.1). Throws VenueError; no message contains a credential.
 */
export async function deriveCredentials(
  secrets: { readonly clientSigner: ClientSigner },
  host: VenueHost,
): Promise<ApiCredentials> {
  const { clientSigner } = secrets;
  try {
    return await requestCredentials(clientSigner, host, { path: '/auth/derive-api-key', method: 'GET' });
  } catch (error) {
    // 400 or 404: this key has no credentials yet. Any other failure says nothing about that.
    const none = error instanceof VenueError && (error.status === 400 || error.status === 404);
    if (!none) throw error;
    return requestCredentials(clientSigner, host, { path: '/auth/api-key', method: 'POST' });
  }
}

async function requestCredentials(
  signer: ClientSigner,
  host: VenueHost,
  call: { readonly path: string; readonly method: 'GET' | 'POST' },
): Promise<ApiCredentials> {
  const seconds = Math.floor(host.nowMs() / 1_000);
  const headers = textHeaders(await createL1Headers(signer, CHAIN_ID, 0, seconds));
  const json = await fetchJson(host, call.path, [], { method: call.method, headers });
  if (json === undefined) {
    throw new VenueError({ kind: 'status', status: 404, message: `${call.method} ${call.path}: status 404` });
  }
  return expectPayload(host, call.path, credentialsSchema, json);
}
