/** How well trades are copied: rates, slippage, lag, and why copies were skipped. From counts, never from rows. */
import { type Ratio, ratesOf } from '../../domain/records/copy-stats.ts';
import type { CopyStats } from '../../domain/records/copy-stats-record.ts';
import { Bars } from '../charts/bars.tsx';
import { formatShareOf } from '../words/format.ts';
import { lagBars, reasonBars, slippageBars } from '../words/stats-labels.ts';
import { Tile } from './wallet-figures.tsx';

/** Days that the counts are of, the day that runs included. */
export const QUALITY_DAYS = 30;

export function CopyQuality({ stats }: { readonly stats: CopyStats }) {
  const rates = ratesOf(stats);
  return (
    <>
      <dl class="tiles">
        <Tile
          label="Decisions"
          value={String(stats.attempts)}
          more={`on ${stats.leaderFills} leader fills; those of the last minute are not counted yet`}
        />
        <RateTile label="Decided to copy" ratio={rates.execution} />
        <RateTile label="Filled of copied" ratio={rates.fill} />
        <RateTile label="Filled in part" ratio={rates.partial} />
        <RateTile label="Win rate" ratio={rates.win} />
      </dl>
      <div class="columns">
        <Bars
          title="Slippage per share, against the leader’s price"
          rows={slippageBars(stats)}
          empty="Nothing was filled yet."
        />
        <Bars
          title="Why copies were skipped or cut"
          columns={['Reason', 'Decisions']}
          rows={reasonBars(stats.reasons)}
          empty="No reason was given yet."
        />
        <Bars
          title="Lag: the leader's trade until we saw it"
          rows={lagBars(stats.detectionLag)}
          empty="No trade was decided on yet."
        />
        <Bars
          title="Lag: the leader's trade until our decision, without what waited by our own rule"
          rows={lagBars(stats.copyLag)}
          empty="Nothing was copied yet."
        />
      </div>
    </>
  );
}

function RateTile({ label, ratio }: { readonly label: string; readonly ratio: Ratio | null }) {
  const value = formatShareOf(ratio?.part, ratio?.whole);
  return ratio === null ? (
    <Tile label={label} value={value} />
  ) : (
    <Tile label={label} value={value} more={`${ratio.part} of ${ratio.whole}`} />
  );
}
