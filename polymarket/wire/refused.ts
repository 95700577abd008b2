/**
 * Input that was refused: where it came from, which field was wrong, and a short excerpt. A row that is refused never
 * takes its neighbours with it (W5), and nothing that the venue can send makes these functions throw.
 */
import type { z } from 'zod';
import type { TokenId } from '../../domain/ids.ts';

export interface Refused {
  readonly source: string;
  /** Names the field, or starts with `combo` for trades that cannot be copied on the book. */
  readonly reason: string;
  /** At most 300 characters of what was sent. Hostile text. */
  readonly excerpt: string;
  /** Set when a book can no longer be trusted because of what was refused. */
  readonly tokenId?: TokenId;
}

const EXCERPT_CHARS_MAX = 300;
/** Per frame or page: a flood of rubbish is counted, not kept. */
const REFUSED_MAX = 100;

export function excerptOf(value: unknown): string {
  return textOf(value).slice(0, EXCERPT_CHARS_MAX);
}

/** All of a value as text: for whoever must hide credentials in it before anything is cut. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than the stack: parsed without recursion, but not written so.
    return '(nested too deeply to show)';
  }
}

/** The first thing that is wrong, as "field: what". */
export function reasonOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not understood';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

/** Collects refusals of one frame or page; past the hundredth only their number is kept. */
export function refusals(source: string) {
  const kept: Refused[] = [];
  let more = 0;
  return {
    add(reason: string, value: unknown, tokenId?: TokenId): void {
      if (kept.length >= REFUSED_MAX) {
        more += 1;
        return;
      }
      const refused = { source, reason: reason.slice(0, EXCERPT_CHARS_MAX), excerpt: excerptOf(value) };
      kept.push(tokenId === undefined ? refused : { ...refused, tokenId });
    },
    list(): Refused[] {
      return more === 0 ? kept : [...kept, { source, reason: `and ${more} more refused`, excerpt: '' }];
    },
  };
}
export type Refusals = ReturnType<typeof refusals>;

/** The entries of a JSON object; undefined for anything else. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // Not null and not an array, so that reading any name of it gives unknown or undefined.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The JSON value of a text; undefined when it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Truncated or not JSON at all: the caller says so in its own words.
    return undefined;
  }
}
