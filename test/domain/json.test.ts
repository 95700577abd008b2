/** JSON that keeps bigints: whatever is written is read back exactly, with and without bigints in it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromJson, toJson } from '../../domain/json.ts';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe('JSON with bigints', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(plain, (value) => {
        // A key of the mark's own name is the one thing that rows of ours never have.
        fc.pre(!JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? 0 : part)).includes('$n'));
        expect(fromJson(toJson(value))).toEqual(value);
      }),
    );
  });

  it('keeps a bigint apart from the same number and the same text', () => {
    const value = { big: 12n, number: 12, text: '12', deep: [{ big: -1n }] };
    expect(fromJson(toJson(value))).toStrictEqual(value);
  });
});
