// Runs `npm run live:check` itself, against the practice exchange on this machine's loopback: what a person sees, that no
// secret is in it, and that nothing was placed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRACTICE_TRADER } from '../../scripts/start/live-keys.ts';
import { venueAddresses } from '../../scripts/start/venue-addresses.ts';
import { type LoopbackExchange, openLoopbackExchange } from '../bench/loopback-exchange.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
let exchange: LoopbackExchange;
let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'live-check-'));
  exchange = await openLoopbackExchange('live-check');
});
afterEach(async () => {
  await exchange.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The command with these variables in a file, and none of this process's own. */
async function check(variables: Record<string, string>): Promise<{ code: number | null; text: string }> {
  const file = join(dir, 'app.env');
  const all = { ...venueAddresses({ exchangePort: exchange.port, environment: {} }), ...variables };
  writeFileSync(
    file,
    Object.entries(all)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  const child = spawn(process.execPath, ['scripts/live-check.mjs', '--env', file], {
    cwd: ROOT,
    env: { PATH: process.env.PATH },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

describe('npm run live:check', () => {
  it('finds the practice trader ready, places nothing and prints no secret', async () => {
    const placed = exchange.exchange.placedOrders().length;
    const { code, text } = await check(PRACTICE_TRADER);
    expect({ code, text }).toMatchObject({
      code: 0,
      text: expect.stringContaining('Ready for live trading.'),
    });
    expect(text).not.toMatch(/NOT READY|unknown/);
    expect(exchange.exchange.placedOrders()).toHaveLength(placed);
    // The key, and the secret and passphrase that the exchange made for it, are long runs of letters and digits.
    const words = text.match(/[\w+/=-]{30,}/g) ?? [];
    expect(words.filter((word) => !/^0x[0-9a-f]{40}$/.test(word))).toEqual([]);
  });

  it('says which secret is missing and ends with 1', async () => {
    const { POLYMARKET_PRIVATE_KEY: _key, ...rest } = PRACTICE_TRADER;
    const { code, text } = await check(rest);
    expect(code).toBe(1);
    expect(text).toContain('NOT READY  key             POLYMARKET_PRIVATE_KEY is not set');
    expect(text).toContain('Not ready for live trading.');
  });

  it('names a malformed key without showing it', async () => {
    const malformed = PRACTICE_TRADER.POLYMARKET_PRIVATE_KEY.slice(0, -2);
    const { code, text } = await check({ ...PRACTICE_TRADER, POLYMARKET_PRIVATE_KEY: malformed });
    expect(code).toBe(1);
    expect(text).toContain('POLYMARKET_PRIVATE_KEY is not a private key');
    expect(text).not.toContain(malformed.slice(2, 20));
  });
});
