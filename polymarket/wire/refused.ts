/**
 * Refused input: its source, the field that was wrong, and a short excerpt. One refused row does not affect the others of
 * its page (W5), and no input makes these functions throw.
 */
import type { TokenId } from '../../domain/ids.ts';
import type * as z from '../../domain/zod.ts';

export interface Refused {
  readonly source: string;
  /** Names the field, or starts with `combo` for trades that do not happen on an order book. */
  readonly reason: string;
  /** At most 300 characters of the input. Hostile text. */
  readonly excerpt: string;
  /** Set when the book of this token may now be wrong, because the refused input belonged to it. */
  readonly tokenId?: TokenId;
}

const EXCERPT_CHARS_MAX = 300;
/** Per frame or page; further refusals are only counted. */
const REFUSED_MAX = 100;

export function excerptOf(value: unknown): string {
  return textOf(value).slice(0, EXCERPT_CHARS_MAX);
}

/** The whole value as text, uncut: callers that hide credentials must do so before they cut. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // JSON.stringify recurses, JSON.parse does not: very deep nesting parses but cannot be written.
    return '(nested too deeply to show)';
  }
}

/** The first problem, as "field: what". */
export function firstProblem(error: z.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not valid';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

/** Collects the refusals of one frame or page: the first hundred, then only a count. */
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
  // Safe cast: it is an object, not null and not an array, so reading any key gives unknown or undefined.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The JSON value of a text; undefined when it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Truncated or not JSON; the caller reports it.
    return undefined;
  }
}
