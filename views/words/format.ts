/**
 * The only way money, shares, prices and times reach a page: text. Hono's JSX prints a bigint child as nothing at all
 * (style.md 6), so no view may hold one. Rounding is half away from zero; the exact amount is in the exports.
 */
import { mulDivRound } from '../../domain/money.ts';

/** Shown where a value is not known: never a plausible number. */
export const UNKNOWN = '–';

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A fixed-point decimal: `value` in units of 10^-6, shown with `places` (0–6) digits after the point. */
function fixed(micros: bigint, places: number): string {
  const rounded = mulDivRound(micros < 0n ? -micros : micros, 1n, 10n ** BigInt(6 - places));
  const text = rounded.toString().padStart(places + 1, '0');
  const whole = grouped(text.slice(0, text.length - places));
  return places === 0 ? whole : `${whole}.${text.slice(text.length - places)}`;
}

/** "$1,234.57", "-$0.10"; unknown is a dash. */
export function formatUsd(micros: bigint | null | undefined): string {
  if (micros === null || micros === undefined) return UNKNOWN;
  const text = fixed(micros, 2);
  return micros < 0n && text !== '0.00' ? `-$${text}` : `$${text}`;
}

/** As `formatUsd`, with a plus sign for gains. */
export function formatUsdChange(micros: bigint | null | undefined): string {
  const text = formatUsd(micros);
  return micros !== null && micros !== undefined && micros > 0n && text !== '$0.00' ? `+${text}` : text;
}

/** Shares with two places, or up to six for less than one share: "1,250.00", "0.000812". */
export function formatShares(micros: bigint | null | undefined): string {
  if (micros === null || micros === undefined) return UNKNOWN;
  const small = micros > -1_000_000n && micros < 1_000_000n && micros % 10_000n !== 0n;
  return `${micros < 0n ? '-' : ''}${fixed(micros, small ? 6 : 2)}`;
}

/** A price per share in cents, with as many as four places: "42¢", "0.7¢". */
export function formatCents(priceMicros: bigint | null | undefined): string {
  if (priceMicros === null || priceMicros === undefined) return UNKNOWN;
  const text = fixed((priceMicros < 0n ? -priceMicros : priceMicros) * 100n, 4).replace(/\.?0+$/, '');
  return `${priceMicros < 0n ? '-' : ''}${text}¢`;
}

/** Basis points as per cent: 250 → "2.5%". */
export function formatPercent(bps: bigint | null | undefined): string {
  if (bps === null || bps === undefined) return UNKNOWN;
  const text = fixed((bps < 0n ? -bps : bps) * 10_000n, 2).replace(/\.?0+$/, '');
  return `${bps < 0n ? '-' : ''}${text}%`;
}

/** What was copied of what the leaders traded, as per cent with two places; a dash when they traded nothing. */
export function formatRate(rate: { readonly copiedMicros: bigint; readonly leaderMicros: bigint }): string {
  if (rate.leaderMicros <= 0n) return UNKNOWN;
  return formatPercent(mulDivRound(rate.copiedMicros, 10_000n, rate.leaderMicros));
}

/** A share of a whole as per cent with one place; a dash when there is no whole. */
export function formatShareOf(part: bigint | null | undefined, whole: bigint | null | undefined): string {
  if (part === null || part === undefined || whole === null || whole === undefined || whole <= 0n)
    return UNKNOWN;
  const tenths = mulDivRound(part, 1_000n, whole);
  const text = (tenths < 0n ? -tenths : tenths).toString().padStart(2, '0');
  return `${tenths < 0n ? '-' : ''}${text.slice(0, -1)}.${text.slice(-1)}%`;
}

/** "2026-11-20 12:00:05" in UTC, whole seconds; a dash for no time. */
export function formatTime(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms) || ms <= 0) return UNKNOWN;
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** Megabytes, one place: only a person reads it. */
export function formatBytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A duration: "340 ms", "4.2 s", "3 min", "5 h". Negative ones (clocks differ) are shown as 0. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / 86_400_000)} days`;
}

/** What is left of a time, in its two largest units: "47 min 12 s", "9 s". Rounded up, so that it is zero only when it is over. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, word]) => `${count} ${word}`).join(' ');
}

/** "0x1234…cdef": an address for people. */
export function formatAddress(address: string): string {
  return address.length > 12 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

/** Whether a change is a gain, a loss or neither, as a class name. */
export function toneOf(micros: bigint | null | undefined): 'gain' | 'loss' | '' {
  if (micros === null || micros === undefined || micros === 0n) return '';
  return micros > 0n ? 'gain' : 'loss';
}
