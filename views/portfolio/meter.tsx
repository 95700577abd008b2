/** How much of a limit is used, as a bar with the figures beside it: calm up to 70 %, a warning above, red from 90 %. */
import { mulDivRound } from '../../domain/money.ts';
import { formatShareOf, formatUsd } from '../words/format.ts';

export interface MeterView {
  readonly label: string;
  /** Null where it is not known; then there is no bar. */
  readonly usedMicros: bigint | null;
  readonly limitMicros: bigint | null;
}

const WARN_PERMILLE = 700n;
const BAD_PERMILLE = 900n;

export function Meter({ view: { label, usedMicros, limitMicros } }: { readonly view: MeterView }) {
  const permille = permilleOf(usedMicros, limitMicros);
  const tone =
    permille === null ? '' : permille > BAD_PERMILLE ? 'bad' : permille > WARN_PERMILLE ? 'warn' : 'good';
  return (
    <div class="meter">
      <div class="heading">
        <span>{label}</span>
        <span class={tone === 'good' ? '' : tone}>
          {formatUsd(usedMicros)} of {formatUsd(limitMicros)} ({formatShareOf(usedMicros, limitMicros)})
        </span>
      </div>
      {permille === null ? null : (
        <svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
          <rect class={`fill ${tone}`} width={String(permille > 1_000n ? 1_000n : permille)} height="8" />
        </svg>
      )}
    </div>
  );
}

/** Rounded to the nearest thousandth; null where there is nothing to compare. A limit of zero is used up by anything. */
function permilleOf(used: bigint | null, limit: bigint | null): bigint | null {
  if (used === null || limit === null || limit < 0n) return null;
  if (used <= 0n) return 0n;
  return limit === 0n ? 1_000n : mulDivRound(used, 1_000n, limit);
}
