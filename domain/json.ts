/** JSON that keeps bigints: each is written as {"$n":"123"} and read back exactly. For rows and outboxes of the objects. */

/** Exact JSON text of plain data with bigints. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? { $n: part.toString() } : part,
  );
}

function isBigintMark(part: unknown): part is { $n: string } {
  return (
    typeof part === 'object' &&
    part !== null &&
    '$n' in part &&
    typeof part.$n === 'string' &&
    Object.keys(part).length === 1 &&
    /^-?\d+$/.test(part.$n)
  );
}

/** The value of text that `toJson` made. The caller names the type: only our own objects write such text. */
export function fromJson<T>(text: string): T {
  // Text without a mark needs no reviver, which makes parsing faster.
  if (!text.includes('"$n"')) return JSON.parse(text) as T;
  return JSON.parse(text, (_key, part: unknown) => (isBigintMark(part) ? BigInt(part.$n) : part)) as T;
}
