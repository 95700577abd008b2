/**
 * Schemas for all rooms: zod's small edition, of which the bundle holds only what is used, with zod's English messages.
 * Import `* as z` from here and not from zod: without this file every message is "Invalid input".
 */
import { en } from 'zod/locales';
import { config, NEVER, type output, pipe, transform, ZodMiniCatch, type ZodMiniType } from 'zod/mini';

export * from 'zod/mini';
export { $ZodError } from 'zod/v4/core';

config(en());

/** What `parse` makes of what `schema` accepts; where that is undefined, the problem is `expected`, or "missing". */
export function parsedBy<Schema extends ZodMiniType, Parsed>(
  schema: Schema,
  parse: (value: output<Schema>) => Parsed | undefined,
  expected: string,
) {
  const parsing = transform((value: output<Schema>, context): Parsed => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    const message = value === undefined ? 'missing' : expected;
    context.issues.push({ code: 'custom', message, input: value });
    return NEVER;
  });
  return pipe(schema, parsing);
}

/** What `map` makes of what `schema` accepts. */
export function mapped<Schema extends ZodMiniType, Mapped>(
  schema: Schema,
  map: (value: output<Schema>) => Mapped,
) {
  return pipe(schema, transform(map));
}

/** `value` for whatever `schema` refuses. Not zod's `catch`: that one brings all of zod's inner tools into the bundle. */
export function orElse<Schema extends ZodMiniType>(schema: Schema, value: output<Schema>) {
  const given = { type: 'catch', innerType: schema, catchValue: () => value } as const;
  // Safe cast: zod declares the class without the type of what is inside, and `catch` casts likewise.
  return new ZodMiniCatch(given) as ZodMiniCatch<Schema>;
}
