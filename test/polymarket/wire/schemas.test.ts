/** The venue's numbers: exact digit by digit, refused when they are not plain decimals; and fixtures that are all used. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMicros } from '../../../domain/money.ts';
import {
  conditionIdSchema,
  optional,
  parseAtMs,
  parseDecimal,
  priceMicrosSchema,
  tokenIdSchema,
} from '../../../polymarket/wire/schemas.ts';

describe('a decimal', () => {
  it.each<[unknown, bigint | undefined]>([
    ['0.030000004850053327', 30_000n],
    [0.61999998780999, 619_999n],
    [3528.225805, 3_528_225_805n],
    ['.5', undefined],
    ['5.', 5_000_000n],
    [1e-7, 0n],
    [-1e-7, 0n],
    [1.5e-6, 1n],
    ['1e-7', undefined],
    [1e21, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['0x10', undefined],
    [' 1', undefined],
    ['', undefined],
    [null, undefined],
    [true, undefined],
    [{}, undefined],
    ['9007199254.740992', undefined],
  ])('reads %j as %s micros', (value, micros) => {
    expect(parseDecimal(value)).toBe(micros);
  });

  it('comes back exact from JSON numbers of up to 15 digits', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 999_999_999_999_999n), (micros) => {
        const number = JSON.parse(formatMicros(micros));
        expect(parseDecimal(number)).toBe(micros);
      }),
    );
  });
});

describe('a time', () => {
  it.each<[unknown, number | undefined]>([
    [1_790_000_000, 1_790_000_000_000],
    ['1790000000123', 1_790_000_000_123],
    [1_790_000_000.5, undefined],
    [-1, undefined],
    [0, undefined],
    ['1790000000123456', undefined],
    ['9999999999999', undefined],
    ['2026-11-23', undefined],
    [undefined, undefined],
  ])('reads %j as %s ms', (value, atMs) => {
    expect(parseAtMs(value)).toBe(atMs);
  });
});

it('reads an absent value as undefined, and refuses a wrong one', () => {
  const schema = optional(priceMicrosSchema);
  for (const value of [undefined, null, '']) expect(schema.parse(value)).toBeUndefined();
  expect(schema.parse('0.5')).toBe(500_000n);
  expect(schema.safeParse('2').success).toBe(false);
});

it('pads the shorter condition id, and refuses a token id that is not text', () => {
  expect(conditionIdSchema.parse(`0x${'A'.repeat(62)}`)).toBe(`0x${'a'.repeat(62)}00`);
  expect(conditionIdSchema.safeParse(`0x${'a'.repeat(63)}`).success).toBe(false);
  expect(tokenIdSchema.safeParse(123).success).toBe(false);
});

it('uses every fixture in a test', () => {
  const all = new URL('../../', import.meta.url);
  const tests = readdirSync(all, { encoding: 'utf8', recursive: true }).filter((name) =>
    name.endsWith('.test.ts'),
  );
  const source = tests.map((name) => readFileSync(new URL(name, all), 'utf8')).join('\n');
  const unused = readdirSync(new URL('../fixtures/', import.meta.url)).filter(
    (name) => !source.includes(`'${name}'`),
  );
  expect(unused).toEqual([]);
});
