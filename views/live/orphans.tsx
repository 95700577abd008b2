/** Positions that no exit of a leader will sell, each with its cause and the way to sell it by hand (design.md 5). */

import { Live } from '../frame/layout.tsx';
import type { Names, PositionView } from '../models.ts';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { sellPath } from '../words/addresses.ts';
import { formatShares } from '../words/format.ts';

export interface OrphanView {
  readonly position: PositionView;
  /** Why no leader's exit will sell it, as a sentence. */
  readonly because: string;
}

export interface OrphansView {
  readonly orphans: readonly OrphanView[];
  readonly names: Names;
}

/** Looked for after the page has come, in a request of its own: the leaders' holdings cost a row for each position. */
export function OrphansLater() {
  return (
    <div hx-get="/part/orphans" hx-trigger="load" hx-swap="outerHTML">
      <p class="note">
        <a href="/real-portfolio/orphans">Positions that nobody’s exit will sell</a>
      </p>
    </div>
  );
}

export function Orphans({ view }: { readonly view: OrphansView }) {
  const { orphans, names } = view;
  return (
    <Live id="orphans" src="/part/orphans" on={['switches']} everySeconds={60}>
      {orphans.length === 0 ? (
        <p class="note">Every position has a leader whose exit would sell it, or came from outside.</p>
      ) : (
        <section class="card attention">
          <h2>Orphaned positions</h2>
          <p class="muted">
            Nobody’s exit will sell these. Each can be sold by hand, after a look at its price.
          </p>
          {orphans.map((orphan) => (
            <OrphanRow orphan={orphan} names={names} />
          ))}
        </section>
      )}
    </Live>
  );
}

function OrphanRow({ orphan, names }: { readonly orphan: OrphanView; readonly names: Names }) {
  const { leaderAddress, tokenId, conditionId, shareMicros } = orphan.position;
  return (
    <div class="row">
      <div>
        <MarketName names={names} tokenId={tokenId} conditionId={conditionId} />, copied from{' '}
        <LeaderName names={names} address={leaderAddress} />: {formatShares(shareMicros)} shares
        <br />
        <small>{orphan.because}</small>
      </div>
      <a class="button danger" href={sellPath({ mode: 'LIVE', leaderAddress, tokenId })}>
        Sell…
      </a>
    </div>
  );
}
