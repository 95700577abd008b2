/** Parses the venue's rate headers (polymarket-api.md 1.7). They are only informative: unreadable values become null. */
import type { RateReport } from './trading-types.ts';

const TEXT_CHARS_MAX = 80;
/** A smaller reset is a number of seconds from now, a larger one a time. */
const DELTA_S_BELOW = 1_000_000_000;
const MS_FROM = 100_000_000_000;

/** Before any response has had the headers. */
export const UNKNOWN_RATE: RateReport = { remaining: null, resetAtMs: null, tier: '', warning: '' };

/** Undefined when the response has none of the headers. */
export function rateReportOf(
  headers: { get(name: string): string | null },
  nowMs: number,
): RateReport | undefined {
  const text = (name: string): string => (headers.get(`poly-ratelimit-${name}`) ?? '').trim();
  const [remaining, reset, tier, warning] = [text('remaining'), text('reset'), text('tier'), text('warning')];
  if (remaining === '' && reset === '' && tier === '' && warning === '') return undefined;
  const count = numberOf(remaining);
  return {
    remaining: count === null ? null : Math.floor(count),
    resetAtMs: resetAtMsOf(numberOf(reset), nowMs),
    tier: tier.slice(0, TEXT_CHARS_MAX),
    warning: warning.slice(0, TEXT_CHARS_MAX),
  };
}

function numberOf(text: string): number | null {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

function resetAtMsOf(value: number | null, nowMs: number): number | null {
  if (value === null) return null;
  if (value < DELTA_S_BELOW) return Math.ceil(nowMs + value * 1_000);
  return Math.ceil(value < MS_FROM ? value * 1_000 : value);
}
