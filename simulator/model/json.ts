// JSON from outside, of which nothing is known yet.

/** The fields of an object, each still unknown; null for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  // Safe cast: it is an object, not null and not an array.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** The fields of the JSON object in a text; null for anything else, since a client may send anything. */
export function fieldsIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}
