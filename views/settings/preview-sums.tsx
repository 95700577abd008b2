/** The sums of a preview: how many decisions would differ, targets by side, reasons, and a few of the decisions themselves. */

import { EFFECTS, type Effect, type PreviewSums } from '../../domain/explain/preview.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { Time } from '../frame/time.tsx';
import type { Names } from '../models.ts';
import { formatAddress, formatUsd, formatUsdChange } from '../words/format.ts';
import { REASON_LABELS } from '../words/labels.ts';

const EFFECT_LABELS = {
  SAME: 'stay as they were',
  NOW_COPIED: 'skipped then, would be copied',
  NOW_SKIPPED: 'copied then, would be skipped',
  RESIZED: 'copied all the same, with another size or price limit',
} as const satisfies Record<Effect, string>;

export function Sums(view: {
  readonly sums: PreviewSums;
  readonly done: boolean;
  readonly mode: TradingMode;
  readonly names: Names;
}) {
  const { effects, unreadable, targets } = view.sums;
  const looked = EFFECTS.reduce((sum, effect) => sum + effects[effect], 0);
  if (view.done && looked + unreadable === 0)
    return <p class="empty">There was no decision in the last 24 hours to try this on.</p>;
  return (
    <>
      <p role="status">
        {String(looked)} {looked === 1 ? 'decision' : 'decisions'} tried again,{' '}
        {String(looked - effects.SAME)} would differ{view.done ? '.' : ' so far.'}
      </p>
      <dl class="facts">
        {EFFECTS.map((effect) => (
          <div>
            <dt>{EFFECT_LABELS[effect]}</dt>
            <dd>{String(effects[effect])}</dd>
          </div>
        ))}
        <div>
          <dt>not replayable: their facts are missing or damaged</dt>
          <dd>{String(unreadable)}</dd>
        </div>
      </dl>
      <table>
        <caption>Targets of the copies</caption>
        <thead>
          <tr>
            <th>Side</th>
            <th class="number">Then</th>
            <th class="number">With these settings</th>
            <th class="number">Change</th>
          </tr>
        </thead>
        <tbody>
          {(['BUY', 'SELL'] as const).map((side) => (
            <tr>
              <td data-label="Side">{side === 'BUY' ? 'Buys' : 'Sales'}</td>
              <td data-label="Then" class="number">
                {formatUsd(targets[side].thenMicros)}
              </td>
              <td data-label="With these settings" class="number">
                {formatUsd(targets[side].nowMicros)}
              </td>
              <td data-label="Change" class="number">
                {formatUsdChange(targets[side].nowMicros - targets[side].thenMicros)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Reasons sums={view.sums} />
      <Examples {...view} />
    </>
  );
}

function Reasons({ sums }: { readonly sums: PreviewSums }) {
  if (sums.reasons.length === 0) return null;
  return (
    <table>
      <caption>Reasons to skip</caption>
      <thead>
        <tr>
          <th>Reason</th>
          <th class="number">Would appear</th>
          <th class="number">Would vanish</th>
        </tr>
      </thead>
      <tbody>
        {sums.reasons.map(({ reason, appears, vanishes }) => (
          <tr>
            <td data-label="Reason">{REASON_LABELS[reason]}</td>
            <td data-label="Would appear" class="number">
              {String(appears)}
            </td>
            <td data-label="Would vanish" class="number">
              {String(vanishes)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Examples(view: { readonly sums: PreviewSums; readonly mode: TradingMode; readonly names: Names }) {
  const { examples } = view.sums;
  if (examples.length === 0) return null;
  const path = view.mode === 'PAPER' ? '/paper-trades' : '/live-trades';
  return (
    <table>
      <caption>Decisions that would differ, the latest first (at most ten)</caption>
      <thead>
        <tr>
          <th>Decided</th>
          <th>Leader</th>
          <th>Market</th>
          <th>What would differ</th>
          <th class="number">Target then</th>
          <th class="number">Target with these</th>
        </tr>
      </thead>
      <tbody>
        {examples.map((one) => {
          const market = view.names.markets.get(one.tokenId);
          return (
            <tr>
              <td data-label="Decided">
                <a href={`${path}/${one.leaderAddress}/${encodeURIComponent(one.groupKey)}`}>
                  <Time ms={one.decidedAtMs} />
                </a>
              </td>
              <td data-label="Leader">
                {view.names.leaders.get(one.leaderAddress) ?? formatAddress(one.leaderAddress)}
              </td>
              <td data-label="Market">
                {one.side === 'BUY' ? 'Buy' : 'Sale'} of{' '}
                {market === undefined ? formatAddress(one.tokenId) : `${market.outcome}, ${market.title}`}
              </td>
              <td data-label="What would differ">{EFFECT_LABELS[one.effect]}</td>
              <td data-label="Target then" class="number">
                {formatUsd(one.thenNotionalMicros)}
              </td>
              <td data-label="Target with these" class="number">
                {formatUsd(one.nowNotionalMicros)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
