/** The three secrets: what is missing, what is malformed and in which words, and the credentials that come of them. */
import { createL1Headers } from '@polymarket/clob-client-v2';
import { describe, expect, it } from 'vitest';
import {
  deriveCredentials,
  type LiveEnvironment,
  ownAddresses,
  readLiveSecrets,
  signatureTypeLabel,
} from '../../../polymarket/account/credentials.ts';
import { openBench } from '../../simulator/harness.ts';
import { hostOfExchange, PRACTICE_KEY } from './account-host.ts';

const OWNER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const FUNDER = '0x00000000000000000000000000000000c0ffee03';
const GOOD: LiveEnvironment = {
  POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
  POLYMARKET_FUNDER_ADDRESS: FUNDER,
  POLYMARKET_SIGNATURE_TYPE: '3',
};

describe('the operator’s own addresses (A53)', () => {
  it('are the funder and that of the key, lower-cased, as far as each is known', () => {
    expect(ownAddresses(GOOD)).toEqual([FUNDER, OWNER.toLowerCase()]);
    expect(ownAddresses({ POLYMARKET_FUNDER_ADDRESS: ` ${OWNER} ` })).toEqual([OWNER.toLowerCase()]);
    expect(ownAddresses({ ...GOOD, POLYMARKET_FUNDER_ADDRESS: OWNER })).toEqual([OWNER.toLowerCase()]);
    expect(ownAddresses({ POLYMARKET_PRIVATE_KEY: 'no key', POLYMARKET_FUNDER_ADDRESS: '0x1' })).toEqual([]);
    expect(ownAddresses({})).toEqual([]);
  });
});

describe('the live secrets', () => {
  it('are ready when all three fit together', () => {
    const secrets = readLiveSecrets(GOOD);
    expect(secrets.kind === 'ready' && secrets.signer).toMatchObject({
      ownerAddress: OWNER.toLowerCase(),
      funderAddress: FUNDER,
      signatureType: 3,
    });
  });

  it.each([
    ['a key without 0x', { POLYMARKET_PRIVATE_KEY: PRACTICE_KEY.slice(2) }],
    ['a key with a line end', { POLYMARKET_PRIVATE_KEY: `${PRACTICE_KEY}\n` }],
    [
      'a funder in checksum form',
      { POLYMARKET_FUNDER_ADDRESS: '0xE111180000d2663C0091e4f400237545B87B996B' },
    ],
    ['type 0 with its own address', { POLYMARKET_SIGNATURE_TYPE: '0', POLYMARKET_FUNDER_ADDRESS: OWNER }],
    ['type 1', { POLYMARKET_SIGNATURE_TYPE: '1' }],
    ['type 2', { POLYMARKET_SIGNATURE_TYPE: '2' }],
  ])('are ready with %s', (_what, change) => {
    expect(readLiveSecrets({ ...GOOD, ...change }).kind).toBe('ready');
  });

  it('name all that is not set', () => {
    expect(readLiveSecrets({})).toEqual({
      kind: 'missing',
      names: ['POLYMARKET_PRIVATE_KEY', 'POLYMARKET_FUNDER_ADDRESS', 'POLYMARKET_SIGNATURE_TYPE'],
    });
    expect(readLiveSecrets({ ...GOOD, POLYMARKET_FUNDER_ADDRESS: '  ' })).toEqual({
      kind: 'missing',
      names: ['POLYMARKET_FUNDER_ADDRESS'],
    });
  });

  it.each([
    ['a key that is too short', { POLYMARKET_PRIVATE_KEY: '0x12canary' }, 'POLYMARKET_PRIVATE_KEY'],
    ['a key of words', { POLYMARKET_PRIVATE_KEY: 'canary '.repeat(12) }, 'POLYMARKET_PRIVATE_KEY'],
    ['a key of zero', { POLYMARKET_PRIVATE_KEY: `0x${'0'.repeat(64)}` }, 'POLYMARKET_PRIVATE_KEY'],
    ['a key above the curve', { POLYMARKET_PRIVATE_KEY: `0x${'f'.repeat(64)}` }, 'POLYMARKET_PRIVATE_KEY'],
    ['an unknown type', { POLYMARKET_SIGNATURE_TYPE: '4' }, 'POLYMARKET_SIGNATURE_TYPE'],
    ['a type in words', { POLYMARKET_SIGNATURE_TYPE: 'canary' }, 'POLYMARKET_SIGNATURE_TYPE'],
    ['a funder that is no address', { POLYMARKET_FUNDER_ADDRESS: '0xcanary' }, 'POLYMARKET_FUNDER_ADDRESS'],
    [
      'a funder with a mistyped digit',
      { POLYMARKET_FUNDER_ADDRESS: '0xE111180000d2663C0091e4f400237545B87B996b' },
      'POLYMARKET_FUNDER_ADDRESS',
    ],
    ['type 3 with its own address', { POLYMARKET_FUNDER_ADDRESS: OWNER }, 'POLYMARKET_FUNDER_ADDRESS'],
    ['type 0 with another address', { POLYMARKET_SIGNATURE_TYPE: '0' }, 'POLYMARKET_FUNDER_ADDRESS'],
  ])('with %s say which field, never its value', (_what, change, field) => {
    const secrets = readLiveSecrets({ ...GOOD, ...change });
    expect(secrets).toMatchObject({ kind: 'malformed', field });
    const shown = JSON.stringify(secrets);
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(PRACTICE_KEY.slice(2, 20));
    expect(shown).toMatch(/\.","?|\."}/);
  });
});

describe('a signature type', () => {
  it.each([
    [0, '0 (EOA)'],
    [1, '1 (proxy wallet)'],
    [2, '2 (Safe)'],
    [3, '3 (deposit wallet)'],
  ] as const)('%i is called "%s"', (type, label) => {
    expect(signatureTypeLabel(type)).toBe(label);
  });

  it('that does not fit the funder is named in the sentence', () => {
    const sentence = (change: LiveEnvironment) => {
      const secrets = readLiveSecrets({ ...GOOD, ...change });
      return secrets.kind === 'malformed' ? secrets.sentence : secrets.kind;
    };
    expect(sentence({ POLYMARKET_SIGNATURE_TYPE: '0' })).toBe(
      'POLYMARKET_FUNDER_ADDRESS must be the address of the key itself for signature type 0 (EOA).',
    );
    expect(sentence({ POLYMARKET_FUNDER_ADDRESS: OWNER })).toBe(
      'POLYMARKET_FUNDER_ADDRESS is the address of the key itself; signature type 3 (deposit wallet) needs the address of the wallet that holds the funds.',
    );
  });
});

describe('the request for credentials', () => {
  const secrets = readLiveSecrets(GOOD);
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);
  const { clientSigner } = secrets;
  const found = { apiKey: 'k', secret: 's', passphrase: 'p' };

  async function requests(...answers: readonly { status?: number; body?: unknown }[]) {
    const calls: { call: string; headers: unknown }[] = [];
    const host = {
      baseUrl: 'https://venue.test',
      nowMs: () => 1_795_334_400_999,
      fetch: (input: string, init: RequestInit = {}) => {
        const { status = 200, body = {} } = answers[Math.min(calls.length, answers.length - 1)]!;
        calls.push({ call: `${init.method ?? 'GET'} ${new URL(input).pathname}`, headers: init.headers });
        return Promise.resolve(new Response(JSON.stringify(body), { status }));
      },
    };
    const result: unknown = await deriveCredentials({ clientSigner }, host).catch((error: unknown) => error);
    return { calls, result };
  }

  it("has the official client's headers for nonce 0 and the whole second", async () => {
    const { calls, result } = await requests({ body: found });
    expect(result).toEqual(found);
    const expected = await createL1Headers(clientSigner as never, 137, 0, 1_795_334_400);
    expect(calls).toHaveLength(1);
    expect(calls[0]!.headers).toMatchObject(expected);
  });

  it.each([400, 404])('asks for new ones after a %i, and for the last time', async (status) => {
    const made = await requests({ status }, { body: found });
    expect(made.calls.map(({ call }) => call)).toEqual(['GET /auth/derive-api-key', 'POST /auth/api-key']);
    expect(made.result).toEqual(found);
    const refused = await requests({ status });
    expect(refused.calls).toHaveLength(2);
    expect(refused.result).toMatchObject({ name: 'VenueError', status });
  });

  it.each([401, 403, 405, 429, 500])('asks once after a %i', async (status) => {
    const { calls, result } = await requests({ status });
    expect(calls).toHaveLength(1);
    expect(result).toMatchObject({ name: 'VenueError', status });
  });

  it.each([
    ['apiKey', 200],
    ['secret', 500],
    ['passphrase', 500],
  ])('takes %s of 1 to %i characters', async (name, most) => {
    for (const length of [1, most]) {
      const body = { ...found, [name]: 'x'.repeat(length) };
      expect((await requests({ body })).result).toEqual(body);
    }
    for (const length of [0, most + 1]) {
      const { result } = await requests({ body: { ...found, [name]: 'x'.repeat(length) } });
      expect(result).toMatchObject({ kind: 'bad-payload' });
    }
  });
});

describe('the credentials', () => {
  const secrets = readLiveSecrets(GOOD);
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);

  it('are made when the key has none, and derived ever after', async () => {
    const bench = openBench();
    const host = hostOfExchange(bench.exchange, bench.nowMs);
    const made = await deriveCredentials(secrets, host);
    expect(host.requests.map((call) => `${call.method} ${call.url.pathname}`)).toEqual([
      'GET /auth/derive-api-key',
      'POST /auth/api-key',
    ]);
    expect(await deriveCredentials(secrets, host)).toEqual(made);
    expect(host.requests).toHaveLength(3);
  });

  it.each([
    [
      'a 401',
      { status: 401, body: '{"error":"Invalid L1 Request headers"}' },
      { kind: 'status', status: 401 },
    ],
    ['a 503', { status: 503, body: '' }, { kind: 'status', status: 503 }],
    ['a page', { status: 200, body: '<html></html>' }, { kind: 'bad-payload' }],
    [
      'half of them',
      { status: 200, body: '{"apiKey":"canary-1","secret":"canary-2"}' },
      { kind: 'bad-payload' },
    ],
  ])('are not made anew after %s, and the error has none of them', async (_what, answer, expected) => {
    let calls = 0;
    const host = {
      baseUrl: 'https://venue.test',
      nowMs: () => 1_795_334_400_000,
      fetch: () => {
        calls += 1;
        return Promise.resolve(new Response(answer.body, { status: answer.status }));
      },
    };
    const failure: unknown = await deriveCredentials(secrets, host).catch((error: unknown) => error);
    expect(failure).toMatchObject(expected);
    expect(String(failure)).not.toContain('canary');
    expect(calls).toBe(1);
  });
});
