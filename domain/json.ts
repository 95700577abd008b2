/** JSON that keeps bigints: each is written as {"$n":"123"} and read back exactly. Used for rows and outboxes of objects. */

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

/** The value of text made by `toJson`. The caller names the type, since only our own objects wrote the text. */
export function fromJson<T>(text: string): T {
  // Without a mark in it nothing needs to be looked at part by part.
  if (!text.includes('"$n"')) return JSON.parse(text) as T;
  return JSON.parse(text, (_key, part: unknown) => (isBigintMark(part) ? BigInt(part.$n) : part)) as T;
}
