// Random numbers from a seed: a small generator (sfc32) whose state can be saved, and a hash function for ids.
// The same seed gives the same numbers on every machine. Not for secrets.

export type RandomState = [number, number, number, number];

export interface Random {
  /** An integer from 0 to below - 1. */
  below(below: number): number;
  /** An integer from least to most, both possible. */
  between(least: number, most: number): number;
  /** True about `percent` times in a hundred. */
  chance(percent: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  state(): RandomState;
}

/** A generator that continues from a state; `seedState` gives the first one. */
export function createRandom(initial: RandomState): Random {
  let [a, b, c, counter] = initial;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick: (items) => {
      if (items.length === 0) throw new Error('nothing to pick from');
      return items[below(items.length)]!;
    },
    state: () => [a, b, c, counter],
  };
}

/** The generator's first state for a seed text. */
export function seedState(seed: string): RandomState {
  const words = scatterWords(`seed:${seed}`, 4);
  return [words[0]! | 0, words[1]! | 0, words[2]! | 0, 1];
}

/** `length` hex digits that depend on every character of the text: ids, transaction hashes, book hashes. */
export function scatterHex(text: string, length: number): string {
  const words = scatterWords(text, Math.ceil(length / 8));
  return words
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('')
    .slice(0, length);
}

/** Unsigned 32-bit words that depend on every character of the text. */
export function scatterWords(text: string, count: number): number[] {
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ (code + at), 0x85ebca6b);
    second ^= second >>> 13;
  }
  const words: number[] = [];
  for (let index = 0; index < count; index += 1) {
    first = Math.imul(first ^ (first >>> 15) ^ second, 0x2c1b3c6d) + 0x6d2b79f5;
    second = Math.imul(second ^ (second >>> 12) ^ first, 0x297a2d39) + index;
    let word = first ^ (second >>> 7);
    word = Math.imul(word ^ (word >>> 16), 0x45d9f3b);
    words.push((word ^ (word >>> 16)) >>> 0);
  }
  return words;
}
