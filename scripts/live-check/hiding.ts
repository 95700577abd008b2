// Takes a secret out of what is printed.

/** A shorter value is not a key, and hiding it would remove parts of plain words. */
const HIDDEN_CHARACTERS_MIN = 16;

/** Removes a secret from any text, with and without its 0x, in any letter case. */
export function hiding(secret: string): (text: string) => string {
  const bare = secret.trim().replace(/^0x/i, '');
  if (bare.length < HIDDEN_CHARACTERS_MIN) return (text) => text;
  const escaped = bare.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return (text) => text.replace(new RegExp(escaped, 'gi'), '[hidden]');
}
