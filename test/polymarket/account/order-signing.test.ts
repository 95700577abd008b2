/** Signed orders against two other makers of the same bytes: the official client's own builder, and ethers' typed data. */
import { type Side as ClientSide, OrderBuilder, orderToJsonV2 } from '@polymarket/clob-client-v2';
import { recoverAddress, TypedDataEncoder, verifyTypedData } from 'ethers';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import { price } from '../../../domain/money.ts';
import { CTF_EXCHANGE, exchangeOf } from '../../../polymarket/account/contracts.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { createOrderSigner } from '../../../polymarket/account/order-signing.ts';
import type { OrderToSign, SignatureType } from '../../../polymarket/account/trading-types.ts';
import { TOKEN_1 } from '../fixture.ts';

/** Made for this test; it holds nothing. */
const PRIVATE_KEY = `0x${'5a'.repeat(32)}`;
const FUNDER = '0x8f0e6b0F8E8f0d3FA39a7a4B2F4bE5cD1d1F0aA1'.toLowerCase();
const CREDENTIALS = {
  apiKey: '9f1c0000-0000-4000-8000-000000000001',
  secret: 'c2VjcmV0',
  passphrase: 'words',
};
const NOW_MS = 1_795_334_400_123;
const KEY = 'ab'.repeat(32);

const ORDER_FIELDS = [
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
];

function account(type: SignatureType) {
  const own = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRIVATE_KEY,
    POLYMARKET_FUNDER_ADDRESS: FUNDER,
    POLYMARKET_SIGNATURE_TYPE: '3',
  });
  if (own.kind !== 'ready') throw new Error(own.kind);
  const secrets = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRIVATE_KEY,
    POLYMARKET_FUNDER_ADDRESS: type === 0 ? own.signer.ownerAddress : FUNDER,
    POLYMARKET_SIGNATURE_TYPE: String(type),
  });
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);
  const { funderAddress } = secrets.signer;
  return {
    signer: createOrderSigner({ privateKey: PRIVATE_KEY, funderAddress, signatureType: type }),
    clientSigner: secrets.clientSigner,
  };
}

function orderOf(change: Partial<OrderToSign> = {}): OrderToSign {
  return {
    tokenId: TOKEN_1,
    side: 'BUY',
    orderType: 'FAK',
    limitPriceMicros: price(520_000n),
    makerMicros: 12_480_000n,
    takerMicros: 24_000_000n,
    expirationS: 0,
    protocolVersion: 'v1',
    negRisk: false,
    salt: 1_384_729_105_544_712n,
    timestampMs: NOW_MS,
    metadataKey: null,
    ...change,
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

const EVERY_KIND = ([0, 1, 2, 3] as const).flatMap((type) =>
  (
    [
      ['v1', false],
      ['v1', true],
      ['v2', false],
    ] as const
  ).flatMap(([version, negRisk]) =>
    (['BUY', 'SELL'] as const).map((side) => ({ type, version, negRisk, side })),
  ),
);

describe.each(EVERY_KIND)(
  'type $type, $version, negRisk $negRisk, $side',
  ({ type, version, negRisk, side }) => {
    it('is byte for byte what the official client would post', async () => {
      const { signer, clientSigner } = account(type);
      vi.spyOn(Math, 'random').mockReturnValue(0.625);
      vi.spyOn(Date, 'now').mockReturnValue(NOW_MS);
      const funder = type === 0 ? undefined : signer.funderAddress;
      const theirs = await new OrderBuilder(
        clientSigner as unknown as ConstructorParameters<typeof OrderBuilder>[0],
        137,
        type as never,
        funder,
      ).buildOrder(
        { tokenID: TOKEN_1, price: 0.52, size: 24, side: side as ClientSide, metadata: `0x${KEY}` },
        { tickSize: '0.01', negRisk },
        version === 'v2' ? 3 : 2,
      );
      const cash = { makerMicros: 12_480_000n, takerMicros: 24_000_000n };
      const amounts =
        side === 'BUY' ? cash : { makerMicros: cash.takerMicros, takerMicros: cash.makerMicros };
      const salt = BigInt(Math.round(0.625 * NOW_MS));
      const ours = signer.sign(
        orderOf({ side, protocolVersion: version, negRisk, salt, metadataKey: KEY, ...amounts }),
        CREDENTIALS,
      );
      const body = orderToJsonV2(theirs as never, CREDENTIALS.apiKey, 'FAK' as never);
      const lower = (text: string): unknown => JSON.parse(text.toLowerCase());
      expect(lower(ours.body)).toEqual(lower(JSON.stringify(body)));
      expect(JSON.parse(ours.body).order.signature).toBe(body.order.signature);
    });

    it('has the hash of its typed data as its id, signed by the key', () => {
      const { signer } = account(type);
      const signed = signer.sign(
        orderOf({ side, protocolVersion: version, negRisk, metadataKey: KEY }),
        CREDENTIALS,
      );
      const exchange = exchangeOf({ protocolVersion: version, negRisk });
      const domain = {
        name: 'Polymarket CTF Exchange',
        version: exchange.domainVersion,
        chainId: 137,
        verifyingContract: exchange.address,
      };
      const { order } = JSON.parse(signed.body);
      const message = { ...order, side: side === 'BUY' ? 0 : 1 };
      const types = { Order: ORDER_FIELDS };
      expect(signed.orderId).toBe(TypedDataEncoder.hash(domain, types, pick(message)));
      if (type !== 3) {
        expect(verifyTypedData(domain, types, pick(message), order.signature).toLowerCase()).toBe(
          signer.ownerAddress,
        );
        return;
      }
      // Signature, separator, struct hash, type, and its length: 65 + 32 + 32 + 186 + 2 bytes.
      expect(order.signature.length).toBe(2 + 2 * 317);
      const wrapped = TypedDataEncoder.hash(
        domain,
        {
          TypedDataSign: [
            { name: 'contents', type: 'Order' },
            { name: 'name', type: 'string' },
            { name: 'version', type: 'string' },
            { name: 'chainId', type: 'uint256' },
            { name: 'verifyingContract', type: 'address' },
            { name: 'salt', type: 'bytes32' },
          ],
          ...types,
        },
        {
          contents: pick(message),
          name: 'DepositWallet',
          version: '1',
          chainId: 137,
          verifyingContract: signer.funderAddress,
          salt: `0x${'0'.repeat(64)}`,
        },
      );
      expect(recoverAddress(wrapped, order.signature.slice(0, 132)).toLowerCase()).toBe(signer.ownerAddress);
    });
  },
);

function pick(order: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(ORDER_FIELDS.map(({ name }) => [name, order[name]]));
}

describe('a signed order', () => {
  const { signer } = account(3);

  it('has the id that ethers computes, whatever the amounts, the token and the time', () => {
    const whole = (max: bigint) => fc.bigInt({ min: 1n, max });
    fc.assert(
      fc.property(
        fc.record({
          makerMicros: whole(2n ** 60n),
          takerMicros: whole(2n ** 60n),
          salt: whole(2n ** 53n - 1n),
          tokenId: whole(2n ** 256n - 1n).map((id) => id.toString() as OrderToSign['tokenId']),
          timestampMs: fc.integer({ min: 1, max: 2 ** 42 }),
          side: fc.constantFrom('BUY' as const, 'SELL' as const),
        }),
        (change) => {
          const signed = signer.sign(orderOf(change), CREDENTIALS);
          const { order } = JSON.parse(signed.body);
          expect(BigInt(order.salt)).toBe(change.salt);
          const domain = {
            name: 'Polymarket CTF Exchange',
            version: '2',
            chainId: 137,
            verifyingContract: CTF_EXCHANGE.address,
          };
          const message = pick({ ...order, side: change.side === 'BUY' ? 0 : 1 });
          expect(signed.orderId).toBe(TypedDataEncoder.hash(domain, { Order: ORDER_FIELDS }, message));
        },
      ),
    );
  });

  it('is the same bytes each time it is signed for the same intent', () => {
    expect(signer.sign(orderOf(), CREDENTIALS)).toEqual(signer.sign(orderOf(), CREDENTIALS));
  });

  it('shows neither signature nor owner in what may be stored', () => {
    const { publicBody } = signer.sign(orderOf({ metadataKey: KEY }), CREDENTIALS);
    expect(publicBody).not.toContain(CREDENTIALS.apiKey);
    expect(publicBody).not.toContain('signature":"0x');
    expect(JSON.parse(publicBody)).toMatchObject({
      orderType: 'FAK',
      order: { makerAmount: '12480000', takerAmount: '24000000', metadata: `0x${KEY}` },
    });
  });

  it('says when it expires without signing it', () => {
    const lasting = orderOf({ orderType: 'GTD', expirationS: 1_795_335_000 });
    const signed = signer.sign(lasting, CREDENTIALS);
    expect(JSON.parse(signed.body)).toMatchObject({ orderType: 'GTD', order: { expiration: '1795335000' } });
    expect(signed.orderId).toBe(signer.sign(orderOf(), CREDENTIALS).orderId);
  });

  it.each([
    ['a salt that a JSON number would round', { salt: 2n ** 53n }],
    ['a negative salt', { salt: -1n }],
    ['nothing given', { makerMicros: 0n }],
    ['nothing asked for', { takerMicros: 0n }],
    ['a time of zero', { timestampMs: 0 }],
    ['a time that is not whole', { timestampMs: 1.5 }],
    ['an expiration that is not whole', { orderType: 'GTD' as const, expirationS: 1.5 }],
    ['a key with a letter too many', { metadataKey: `${KEY}a` }],
    ['an expiration on an order that does not rest', { expirationS: 1_795_335_000 }],
    ['an expiration before 1970 on an order that does not rest', { expirationS: -1 }],
    ['a GTD without one', { orderType: 'GTD' as const }],
    ['metadata in capitals', { metadataKey: KEY.toUpperCase() }],
    ['metadata that is no key', { metadataKey: '0x12' }],
  ])('is never made with %s', (_what, change) => {
    expect(() => signer.sign(orderOf(change), CREDENTIALS)).toThrow(InvariantError);
  });

  it.each([
    ['the largest salt', { salt: 2n ** 53n - 1n }],
    ['a salt of zero', { salt: 0n }],
    ['the smallest amounts and time', { makerMicros: 1n, takerMicros: 1n, timestampMs: 1 }],
    ['an expiration in a second', { orderType: 'GTD' as const, expirationS: 1 }],
  ])('may have %s', (_what, change) => {
    expect(signer.sign(orderOf(change), CREDENTIALS).orderId).toMatch(/^0x[0-9a-f]{64}$/);
  });

  it('has the addresses of the signature type, and the key of the metadata or zeros', () => {
    for (const type of [0, 1, 2, 3] as const) {
      const own = account(type).signer;
      const { order } = JSON.parse(own.sign(orderOf({ metadataKey: KEY }), CREDENTIALS).body);
      const owner = own.ownerAddress;
      expect(
        [order.maker, order.signer, order.signatureType].map((one) => String(one).toLowerCase()),
      ).toEqual([type === 0 ? owner : FUNDER, type === 3 ? FUNDER : owner, String(type)]);
      expect([own.funderAddress, own.signatureType]).toEqual([type === 0 ? owner : FUNDER, type]);
      expect(order.metadata).toBe(`0x${KEY}`);
      const { order: plain } = JSON.parse(own.sign(orderOf(), CREDENTIALS).body);
      expect([plain.metadata, plain.builder]).toEqual([`0x${'0'.repeat(64)}`, `0x${'0'.repeat(64)}`]);
    }
  });

  it('cannot show its key, by any road that JSON or a log would take', () => {
    const secrets = account(3);
    const shown =
      JSON.stringify(secrets) + String(Object.entries(secrets.signer)) + Object.keys(secrets.clientSigner);
    expect(shown.toLowerCase()).not.toContain('5a5a5a5a');
  });
});
