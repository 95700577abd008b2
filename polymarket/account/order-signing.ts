/**
 * Signs orders. The same input always gives the same bytes and the same order id, known before anything is sent.
 * Typed data is encoded by hand over prepared hashes, because every copy waits for it (design.md 12); tests compare it with
 * the official client and ethers. The key stays in a closure: no object holds it.
 */
import { orderToJsonV2 } from '@polymarket/clob-client-v2';
import { computeAddress, getAddress, keccak256, SigningKey, toUtf8Bytes } from 'ethers';
import { assert } from '../../domain/assert.ts';
import { type OrderId, parseOrderId } from '../../domain/orders/orders.ts';
import { CHAIN_ID, EXCHANGE_DOMAIN_NAME, EXCHANGES, type ExchangeContract, exchangeOf } from './contracts.ts';
import type { ApiCredentials, OrderSigner, OrderToSign, SignatureType } from './trading-types.ts';

const ORDER_TYPE =
  'Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)';
const WRAPPER_TYPE = `TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)${ORDER_TYPE}`;
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const ZERO_32 = '0'.repeat(64);
/** The salt is sent as a JSON number, which holds no more. */
const SALT_MAX = 2n ** 53n - 1n;

/** 32 bytes as 64 hex digits without 0x, the unit of ABI encoding. */
type Word = string;

function hashOf(hex: string): Word {
  return keccak256(`0x${hex}`).slice(2);
}
function textHash(text: string): Word {
  return keccak256(toUtf8Bytes(text)).slice(2);
}
function word(value: bigint | number): Word {
  return value.toString(16).padStart(64, '0');
}
function addressWord(address: string): Word {
  return address.slice(2).toLowerCase().padStart(64, '0');
}

const ORDER_TYPE_HASH = textHash(ORDER_TYPE);
const WRAPPER_TYPE_HASH = textHash(WRAPPER_TYPE);
/** The end of a type-3 signature: the order type as text, and its length in two bytes. */
const ORDER_TYPE_SUFFIX = `${hexOfText(ORDER_TYPE)}${ORDER_TYPE.length.toString(16).padStart(4, '0')}`;
const SEPARATORS = new Map<ExchangeContract, Word>(
  EXCHANGES.map((exchange) => [
    exchange,
    hashOf(
      textHash(DOMAIN_TYPE) +
        textHash(EXCHANGE_DOMAIN_NAME) +
        textHash(exchange.domainVersion) +
        word(CHAIN_ID) +
        addressWord(exchange.address),
    ),
  ]),
);

function hexOfText(text: string): string {
  return Array.from(toUtf8Bytes(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * A signer for one account. Throws when the key or the funder's address is malformed; errors never quote the key. Whether
 * the two fit the signature type is checked by `readLiveSecrets`.
 */
export function createOrderSigner(account: {
  readonly privateKey: string;
  readonly funderAddress: string;
  readonly signatureType: SignatureType;
}): OrderSigner {
  const key = new SigningKey(account.privateKey);
  const owner = computeAddress(key.publicKey);
  const funder = getAddress(account.funderAddress);
  const { signatureType } = account;
  const maker = signatureType === 0 ? owner : funder;
  const orderSigner = signatureType === 3 ? funder : owner;
  const wrapperTail = wrapperTailOf(maker);
  // The first signature computes the curve's tables; later ones take a tenth of the time.
  key.sign(`0x${ORDER_TYPE_HASH}`);

  const structHashOf = (order: OrderToSign): Word =>
    hashOf(
      ORDER_TYPE_HASH +
        word(order.salt) +
        addressWord(maker) +
        addressWord(orderSigner) +
        word(BigInt(order.tokenId)) +
        word(order.makerMicros) +
        word(order.takerMicros) +
        word(order.side === 'BUY' ? 0 : 1) +
        word(signatureType) +
        word(order.timestampMs) +
        (order.metadataKey ?? ZERO_32) +
        ZERO_32,
    );

  return {
    ownerAddress: owner.toLowerCase(),
    funderAddress: maker.toLowerCase(),
    signatureType,
    sign(order, credentials) {
      checkOrder(order);
      const separator = SEPARATORS.get(exchangeOf(order))!;
      const structHash = structHashOf(order);
      const digest = hashOf(`1901${separator}${structHash}`);
      const orderId = parseOrderId(`0x${digest}`);
      assert(orderId !== undefined, 'a digest is an order id');
      let signature: string;
      if (signatureType === 3) {
        const wrapped = hashOf(`1901${separator}${hashOf(WRAPPER_TYPE_HASH + structHash + wrapperTail)}`);
        signature = key.sign(`0x${wrapped}`).serialized + separator + structHash + ORDER_TYPE_SUFFIX;
      } else {
        signature = key.sign(`0x${digest}`).serialized;
      }
      return signedOrder({ order, orderId, maker, orderSigner, signatureType, signature, credentials });
    },
  };
}

/** The last fields of TypedDataSign (name to salt): the deposit wallet's own domain. */
function wrapperTailOf(wallet: string): string {
  return textHash('DepositWallet') + textHash('1') + word(CHAIN_ID) + addressWord(wallet) + ZERO_32;
}

/** Throws InvariantError for values that the venue could read differently from us. */
function checkOrder(order: OrderToSign): void {
  const { salt, makerMicros, takerMicros, metadataKey } = order;
  assert(salt >= 0n && salt <= SALT_MAX, 'a salt must fit a JSON number', { salt });
  assert(makerMicros > 0n && takerMicros > 0n, 'an order gives and takes something', {
    makerMicros,
    takerMicros,
  });
  assert(Number.isSafeInteger(order.timestampMs) && order.timestampMs > 0, 'an order has its time', {
    timestampMs: order.timestampMs,
  });
  assert(metadataKey === null || /^[0-9a-f]{64}$/.test(metadataKey), 'metadata is 64 hex digits');
  const { orderType, expirationS } = order;
  const isExpirationOfType = orderType === 'GTD' ? expirationS > 0 : expirationS === 0;
  assert(Number.isSafeInteger(expirationS) && isExpirationOfType, 'only GTD expires', {
    orderType,
    expirationS,
  });
}

function signedOrder(given: {
  readonly order: OrderToSign;
  readonly orderId: OrderId;
  readonly maker: string;
  readonly orderSigner: string;
  readonly signatureType: SignatureType;
  readonly signature: string;
  readonly credentials: ApiCredentials;
}): { orderId: OrderId; body: string; publicBody: string } {
  const { order } = given;
  const struct = {
    salt: order.salt.toString(),
    maker: given.maker,
    signer: given.orderSigner,
    tokenId: order.tokenId,
    makerAmount: order.makerMicros.toString(),
    takerAmount: order.takerMicros.toString(),
    side: order.side,
    signatureType: given.signatureType,
    timestamp: order.timestampMs.toString(),
    expiration: order.expirationS.toString(),
    metadata: `0x${order.metadataKey ?? ZERO_32}`,
    builder: `0x${ZERO_32}`,
    signature: given.signature,
  };
  // Safe cast: the client's enums have the same string and number values.
  const built = orderToJsonV2(
    struct as unknown as Parameters<typeof orderToJsonV2>[0],
    given.credentials.apiKey,
    order.orderType as Parameters<typeof orderToJsonV2>[2],
  );
  const sent: Readonly<Record<string, unknown>> = { ...built.order };
  for (const [name, value] of Object.entries(struct)) {
    assert(String(sent[name]) === String(value), "the client's order differs from what was signed", {
      name,
    });
  }
  const { signature: _left, ...shown } = sent;
  return {
    orderId: given.orderId,
    body: JSON.stringify(built),
    publicBody: JSON.stringify({ order: shown, orderType: order.orderType, deferExec: built.deferExec }),
  };
}
