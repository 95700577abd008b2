// EIP-712 of orders: the domains of the three exchange contracts, the order's id, and whether its signature is valid.
// Written from the venue's description only, with ethers; everything is synchronous.

import {
  concat,
  dataSlice,
  getBytes,
  hexlify,
  keccak256,
  recoverAddress,
  TypedDataEncoder,
  toBeHex,
  toUtf8Bytes,
  ZeroHash,
} from 'ethers';
import type { Side } from '../model/sides.ts';
import type { SignatureType } from '../model/trading-model.ts';

const CHAIN_ID = 137;

export const EXCHANGES = {
  ctf: '0xe111180000d2663c0091e4f400237545b87b996b',
  negRisk: '0xe2222d279d744050d28e00520010520000310f59',
  protocolTwo: '0xe3333700ca9d93003f00f0f71f8515005f6c00aa',
} as const;

/** The fields that are signed. */
export interface SignedFields {
  salt: bigint;
  maker: string;
  signer: string;
  tokenId: string;
  makerAmount: bigint;
  takerAmount: bigint;
  side: Side;
  signatureType: SignatureType;
  timestamp: bigint;
  metadata: string;
  builder: string;
}

const ORDER_TYPES = {
  Order: [
    { name: 'salt', type: 'uint256' },
    { name: 'maker', type: 'address' },
    { name: 'signer', type: 'address' },
    { name: 'tokenId', type: 'uint256' },
    { name: 'makerAmount', type: 'uint256' },
    { name: 'takerAmount', type: 'uint256' },
    { name: 'side', type: 'uint8' },
    { name: 'signatureType', type: 'uint8' },
    { name: 'timestamp', type: 'uint256' },
    { name: 'metadata', type: 'bytes32' },
    { name: 'builder', type: 'bytes32' },
  ],
};

const WRAPPED_TYPES = {
  TypedDataSign: [
    { name: 'contents', type: 'Order' },
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'verifyingContract', type: 'address' },
    { name: 'salt', type: 'bytes32' },
  ],
  ...ORDER_TYPES,
};

const AUTH_TYPES = {
  ClobAuth: [
    { name: 'address', type: 'address' },
    { name: 'timestamp', type: 'string' },
    { name: 'nonce', type: 'uint256' },
    { name: 'message', type: 'string' },
  ],
};

const orderEncoder = TypedDataEncoder.from(ORDER_TYPES);
const wrappedEncoder = TypedDataEncoder.from(WRAPPED_TYPES);
const ORDER_TYPE_TEXT = orderEncoder.encodeType('Order');

/** The contract of a market: by its version, then by whether it is neg-risk. */
export function exchangeOf(market: { version: 'v1' | 'v2'; negRisk: boolean }): {
  version: '2' | '3';
  contract: string;
} {
  if (market.version === 'v2') return { version: '3', contract: EXCHANGES.protocolTwo };
  return { version: '2', contract: market.negRisk ? EXCHANGES.negRisk : EXCHANGES.ctf };
}

export interface HashedOrder {
  orderId: string;
  domainSeparator: string;
  structHash: string;
}

/** The order's id: the hash of the order itself under the exchange's domain, for wrapped signatures too. */
export function hashOrder(
  fields: SignedFields,
  exchange: { version: string; contract: string },
): HashedOrder {
  const domainSeparator = separatorOf(exchange);
  const structHash = orderEncoder.hashStruct('Order', messageOf(fields));
  return {
    orderId: keccak256(concat(['0x1901', domainSeparator, structHash])),
    domainSeparator,
    structHash,
  };
}

/** Whether `owner` signed this order for this exchange; false for wrong lengths and forged wrappings. */
export function isSignedBy(
  owner: string,
  given: { fields: SignedFields; signature: string; exchange: { version: string; contract: string } },
): boolean {
  const { fields, signature, exchange } = given;
  const hashed = hashOrder(fields, exchange);
  if (fields.signatureType !== 3) return recovered(hashed.orderId, signature) === owner;
  const bytes = bytesOf(signature);
  const text = toUtf8Bytes(ORDER_TYPE_TEXT);
  const tail = getBytes(concat([hashed.domainSeparator, hashed.structHash, text, toBeHex(text.length, 2)]));
  if (bytes === null || bytes.length !== 65 + tail.length) return false;
  if (hexlify(bytes.slice(65)) !== hexlify(tail)) return false;
  const wrapped = wrappedEncoder.hashStruct('TypedDataSign', {
    contents: messageOf(fields),
    name: 'DepositWallet',
    version: '1',
    chainId: CHAIN_ID,
    verifyingContract: fields.signer,
    salt: ZeroHash,
  });
  const digest = keccak256(concat(['0x1901', hashed.domainSeparator, wrapped]));
  return recovered(digest, dataSlice(signature, 0, 65)) === owner;
}

/** Whether an address attests that it controls its wallet (L1). */
export function isAttestedBy(
  address: string,
  given: { timestamp: string; nonce: string; signature: string },
): boolean {
  try {
    const digest = TypedDataEncoder.hash(
      { name: 'ClobAuthDomain', version: '1', chainId: CHAIN_ID },
      AUTH_TYPES,
      {
        address,
        timestamp: given.timestamp,
        nonce: given.nonce,
        message: 'This message attests that I control the given wallet',
      },
    );
    return signerOf(digest, given.signature) === address.toLowerCase();
  } catch {
    // Not an address, a number or a signature.
    return false;
  }
}

const separators = new Map<string, string>();

function separatorOf(exchange: { version: string; contract: string }): string {
  const key = `${exchange.version}/${exchange.contract}`;
  const known = separators.get(key);
  if (known !== undefined) return known;
  const separator = TypedDataEncoder.hashDomain({
    name: 'Polymarket CTF Exchange',
    version: exchange.version,
    chainId: CHAIN_ID,
    verifyingContract: exchange.contract,
  });
  separators.set(key, separator);
  return separator;
}

function messageOf(fields: SignedFields): Record<string, unknown> {
  return { ...fields, side: fields.side === 'BUY' ? 0 : 1 };
}

function bytesOf(signature: string): Uint8Array | null {
  try {
    return getBytes(signature);
  } catch {
    // Not hex: no signature.
    return null;
  }
}

function recovered(digest: string, signature: string): string | null {
  try {
    if (bytesOf(signature)?.length !== 65) return null;
    return signerOf(digest, signature);
  } catch {
    // 65 bytes that are not a point on the curve.
    return null;
  }
}

const SIGNERS_MAX = 2_000;
const signers = new Map<string, string>();

/**
 * The address that signed the digest, in lower case. Remembered, since recovering takes milliseconds and the same order comes
 * again: from a client that retries, and from tests that play a scene many times. Throws where the signature is none.
 */
function signerOf(digest: string, signature: string): string {
  const key = `${digest} ${signature}`;
  const known = signers.get(key);
  if (known !== undefined) return known;
  const signer = recoverAddress(digest, signature).toLowerCase();
  if (signers.size >= SIGNERS_MAX) signers.clear();
  signers.set(key, signer);
  return signer;
}
