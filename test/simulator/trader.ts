// A trader of the tests: signs with ethers, builds headers and bodies by the venue's description, and calls the exchange.

import {
  computeHmac,
  concat,
  decodeBase64,
  encodeBase64,
  TypedDataEncoder,
  toBeHex,
  toUtf8Bytes,
  Wallet,
  ZeroHash,
} from 'ethers';
import type { Market } from '../../simulator/model/model.ts';
import type { SignatureType } from '../../simulator/model/trading-model.ts';
import type { PracticeExchange } from '../../simulator/practice-exchange.ts';
import type { Bench } from './harness.ts';

/** The first key of hardhat and anvil: known to the whole world. */
export const PRACTICE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
export const FUNDER = '0x00000000000000000000000000000000c0ffee03';

const ORDER = [
  'uint256 salt',
  'address maker',
  'address signer',
  'uint256 tokenId',
  'uint256 makerAmount',
  'uint256 takerAmount',
  'uint8 side',
  'uint8 signatureType',
  'uint256 timestamp',
  'bytes32 metadata',
  'bytes32 builder',
].map((field) => ({ type: field.split(' ')[0]!, name: field.split(' ')[1]! }));
const ORDER_TEXT = `Order(${ORDER.map(({ type, name }) => `${type} ${name}`).join(',')})`;

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Record<string, string>;
  delayMs?: number;
  lost?: true;
}

export interface Wish {
  tokenId: string;
  side: 'BUY' | 'SELL';
  /** Base units. */
  maker: bigint;
  taker: bigint;
  type?: 'GTC' | 'GTD' | 'FAK' | 'FOK';
  postOnly?: boolean;
  expiration?: number;
  salt?: number;
  metadata?: string;
  /** Sign for this exchange instead of the market's own. */
  exchange?: { version: string; contract: string };
  /** Fields to replace after signing: of the order, except `owner`, which stands beside it. */
  change?: (order: Record<string, unknown>) => Record<string, unknown>;
}

export class TestTrader {
  readonly wallet: Wallet;
  readonly funder: string;
  readonly signatureType: SignatureType;
  creds = { apiKey: '', secret: '', passphrase: '' };
  private readonly bench: Bench;
  private salt = 1;

  constructor(
    bench: Bench,
    options: { key?: string; funder?: string; signatureType?: SignatureType; login?: boolean } = {},
  ) {
    this.bench = bench;
    this.wallet = new Wallet(options.key ?? PRACTICE_KEY);
    this.signatureType = options.signatureType ?? 3;
    this.funder = options.funder ?? (this.signatureType === 0 ? this.wallet.address : FUNDER);
    if (options.login !== false) this.creds = this.attest('POST', '/auth/api-key').body as typeof this.creds;
  }

  get exchange(): PracticeExchange {
    return this.bench.exchange;
  }

  /** An L1 call. */
  attest(method: string, url: string, change: { nonce?: string; timestamp?: number } = {}): Answer {
    const timestamp = String(change.timestamp ?? Math.floor(this.bench.nowMs() / 1_000));
    const nonce = change.nonce ?? '0';
    const message = 'This message attests that I control the given wallet';
    const digest = TypedDataEncoder.hash(
      { name: 'ClobAuthDomain', version: '1', chainId: 137 },
      {
        ClobAuth: [
          { name: 'address', type: 'address' },
          { name: 'timestamp', type: 'string' },
          { name: 'nonce', type: 'uint256' },
          { name: 'message', type: 'string' },
        ],
      },
      { address: this.wallet.address, timestamp, nonce, message },
    );
    return this.send(method, url, '', {
      POLY_ADDRESS: this.wallet.address,
      POLY_SIGNATURE: this.wallet.signingKey.sign(digest).serialized,
      POLY_TIMESTAMP: timestamp,
      POLY_NONCE: nonce,
    });
  }

  /** An L2 call. */
  call(
    method: string,
    url: string,
    body?: unknown,
    change: { timestamp?: number; secret?: string } = {},
  ): Answer {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const timestamp = String(change.timestamp ?? Math.floor(this.bench.nowMs() / 1_000));
    const secret = decodeBase64(
      (change.secret ?? this.creds.secret).replaceAll('-', '+').replaceAll('_', '/'),
    );
    const signed = `${timestamp}${method}${url.split('?')[0]}${text}`;
    const hmac = encodeBase64(computeHmac('sha256', secret, toUtf8Bytes(signed)));
    return this.send(method, url, text, {
      POLY_ADDRESS: this.wallet.address,
      POLY_API_KEY: this.creds.apiKey,
      POLY_PASSPHRASE: this.creds.passphrase,
      POLY_TIMESTAMP: timestamp,
      POLY_SIGNATURE: hmac.replaceAll('+', '-').replaceAll('/', '_'),
    });
  }

  send(method: string, url: string, body: string, headers: Record<string, string>): Answer {
    const answer = this.exchange.handleRequest({ method, url, body, headers });
    const isJson = answer.headers['content-type'] === 'application/json';
    return { ...answer, body: (isJson ? JSON.parse(answer.body) : { html: answer.body }) as Answer['body'] };
  }

  /** Builds and signs; the body is what POST /order takes. */
  sign(wish: Wish): { body: { order: Record<string, unknown>; owner: string }; orderId: string } {
    const market = this.exchange.markets().find((one) => one.tokens.includes(wish.tokenId))!;
    const { version, contract } = wish.exchange ?? exchangeFor(market);
    const domain = { name: 'Polymarket CTF Exchange', version, chainId: 137, verifyingContract: contract };
    const message = {
      salt: wish.salt ?? this.salt++,
      maker: this.funder,
      signer: this.signatureType === 3 ? this.funder : this.wallet.address,
      tokenId: wish.tokenId,
      makerAmount: String(wish.maker),
      takerAmount: String(wish.taker),
      side: wish.side === 'BUY' ? 0 : 1,
      signatureType: this.signatureType,
      timestamp: String(this.bench.nowMs()),
      metadata: wish.metadata ?? ZeroHash,
      builder: ZeroHash,
    };
    const orderId = TypedDataEncoder.hash(domain, { Order: ORDER }, message);
    const signature =
      this.signatureType === 3
        ? this.wrapped(domain, message)
        : this.wallet.signingKey.sign(orderId).serialized;
    const order = { ...message, side: wish.side, expiration: String(wish.expiration ?? 0), signature };
    const { owner, ...changed } = wish.change?.(order) ?? {};
    const body = {
      order: { ...order, ...changed } as Record<string, unknown>,
      owner: typeof owner === 'string' ? owner : this.creds.apiKey,
      orderType: wish.type ?? 'FAK',
      deferExec: false,
      postOnly: wish.postOnly ?? false,
    };
    return { body, orderId };
  }

  place(wish: Wish): Answer & { orderId: string } {
    const { body, orderId } = this.sign(wish);
    return { ...this.call('POST', '/order', body), orderId };
  }

  private wrapped(domain: Record<string, unknown>, message: Record<string, unknown>): string {
    const types = {
      TypedDataSign: [
        { name: 'contents', type: 'Order' },
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
        { name: 'verifyingContract', type: 'address' },
        { name: 'salt', type: 'bytes32' },
      ],
      Order: ORDER,
    };
    const digest = TypedDataEncoder.hash(domain, types, {
      contents: message,
      name: 'DepositWallet',
      version: '1',
      chainId: 137,
      verifyingContract: this.funder,
      salt: ZeroHash,
    });
    const text = toUtf8Bytes(ORDER_TEXT);
    return concat([
      this.wallet.signingKey.sign(digest).serialized,
      TypedDataEncoder.hashDomain(domain),
      TypedDataEncoder.hashStruct('Order', { Order: ORDER }, message),
      text,
      toBeHex(text.length, 2),
    ]);
  }
}

/** Which contract the venue's description names for a market. */
export function exchangeFor(market: Market): { version: string; contract: string } {
  if (market.version === 'v2')
    return { version: '3', contract: '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa' };
  return {
    version: '2',
    contract: market.negRisk
      ? '0xe2222d279d744050d28e00520010520000310F59'
      : '0xE111180000d2663C0091e4f400237545B87B996B',
  };
}

/** An open market of the wanted kind on a cent grid, with a deep book around a half. */
export function tradable(
  exchange: PracticeExchange,
  kind: { version?: 'v1' | 'v2'; negRisk?: boolean; tick?: bigint; fee?: boolean } = {},
): { market: Market; token: string } {
  const market = exchange
    .markets()
    .find(
      (one) =>
        one.status === 'open' &&
        one.tick === (kind.tick ?? 10_000n) &&
        (kind.version === undefined || one.version === kind.version) &&
        (kind.negRisk === undefined || one.negRisk === kind.negRisk) &&
        (kind.fee === undefined || one.feeRate > 0n === kind.fee),
    );
  if (market === undefined) throw new Error('no such market is open');
  exchange.setBook(market.tokens[0], {
    bids: [
      ['0.48', '200'],
      ['0.47', '1000'],
    ],
    asks: [
      ['0.5', '30'],
      ['0.52', '1000'],
    ],
  });
  return { market, token: market.tokens[0] };
}
