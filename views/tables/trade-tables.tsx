/** Tables of leader fills and of copy attempts, used by the Dashboard and by their own pages. */
import { EXTERNAL_LEADER, type Side, type TradingMode } from '../../domain/ids.ts';
import { drawerLink } from '../frame/drawer.tsx';
import { Time } from '../frame/time.tsx';
import type { AttemptView, FillView, Names } from '../models.ts';
import {
  formatAddress,
  formatCents,
  formatDuration,
  formatShareOf,
  formatShares,
  formatUsd,
  UNKNOWN,
} from '../words/format.ts';
import {
  CLAMP_LABELS,
  DECISION_LABELS,
  DISPOSITION_LABELS,
  FILL_SOURCE_LABELS,
  REASON_LABELS,
  SOURCE_TYPE_LABELS,
} from '../words/labels.ts';

export function LeaderName({ names, address }: { readonly names: Names; readonly address: string }) {
  if (address === '') return <span>{UNKNOWN}</span>;
  if (address === EXTERNAL_LEADER) return <span class="badge skip">EXTERNAL</span>;
  return (
    <a href={`/users/${address}`} title={address} class="plain">
      {names.leaders.get(address) ?? formatAddress(address)}
    </a>
  );
}

/** Titles are hostile: they are only ever text. */
export function MarketName(props: {
  readonly names: Names;
  readonly tokenId: string;
  /** Where it is known, the name leads to the market's page. */
  readonly conditionId?: string;
}) {
  const { names, tokenId, conditionId = '' } = props;
  const market = names.markets.get(tokenId);
  const title = market?.title ?? `Token ${formatAddress(tokenId)}`;
  return (
    <span title={tokenId}>
      {conditionId === '' ? (
        title
      ) : (
        <a href={`/markets/${conditionId}`} class="plain">
          {title}
        </a>
      )}{' '}
      {market === undefined ? null : <span class="outcome">{market.outcome}</span>}
    </span>
  );
}

/** Executed, partly executed or skipped, in one word, and why. */
export function AttemptOutcome({ attempt }: { readonly attempt: AttemptView }) {
  const reasons = attempt.reasons.map((reason) => (
    <span class="chip" title={reason}>
      {REASON_LABELS[reason]}
    </span>
  ));
  if (attempt.decision !== 'EXECUTE') {
    return (
      <>
        <span class="badge skip">{DECISION_LABELS[attempt.decision]}</span> {reasons}
      </>
    );
  }
  if (attempt.reasons.includes('LIVE_SHADOW_ONLY')) {
    return (
      <>
        <span class="badge skip">Shadow</span> {formatUsd(attempt.targetNotionalMicros)} would be placed{' '}
        {reasons}
      </>
    );
  }
  const ratio = formatShareOf(attempt.filledShareMicros, attempt.targetShareMicros);
  const word = attempt.filledShareMicros === 0n ? 'Not filled' : 'Copied';
  return (
    <>
      <span class={`badge ${attempt.filledShareMicros === 0n ? 'skip' : 'good'}`}>{word}</span>{' '}
      {formatUsd(attempt.filledNotionalMicros)} at {formatCents(attempt.vwapPriceMicros)} ({ratio} filled){' '}
      {reasons}
    </>
  );
}

/** Where one attempt is shown, as a page and in the drawer. */
export function attemptPath(attempt: {
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly groupKey: string;
}): string {
  const list = attempt.mode === 'LIVE' ? '/live-trades' : '/paper-trades';
  return `${list}/${attempt.leaderAddress}/${attempt.groupKey}`;
}

export function FillsTable({ fills, names }: { readonly fills: readonly FillView[]; readonly names: Names }) {
  if (fills.length === 0) return <p class="empty">No leader trade here yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Time</th>
          <th>Leader</th>
          <th>Market</th>
          <th>Side</th>
          <th class="number">Shares</th>
          <th class="number">Price</th>
          <th class="number">Amount</th>
          <th>Seen</th>
          <th>What became of it</th>
        </tr>
      </thead>
      <tbody>
        {fills.map((fill) => (
          <tr>
            <td data-label="Time">
              <Time ms={fill.eventAtMs} />
            </td>
            <WhoseDeal deal={fill} names={names} />
            <Amounts deal={fill} />
            <td data-label="Seen">
              {FILL_SOURCE_LABELS[fill.source]}, after {formatDuration(fill.detectedAtMs - fill.eventAtMs)}
            </td>
            <td data-label="Outcome">
              <FillOutcome fill={fill} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FillOutcome({ fill }: { readonly fill: FillView }) {
  const { attempt } = fill;
  if (attempt !== undefined) {
    return (
      <a {...drawerLink(attemptPath(attempt))}>
        <AttemptOutcome attempt={attempt} />
      </a>
    );
  }
  return <span class="badge">{DISPOSITION_LABELS[fill.disposition]}</span>;
}

export function AttemptsTable(props: { readonly attempts: readonly AttemptView[]; readonly names: Names }) {
  const { attempts, names } = props;
  if (attempts.length === 0) return <p class="empty">No copy attempt here yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Decided</th>
          <th>Leader</th>
          <th>Market</th>
          <th>Side</th>
          <th>Decision and reasons</th>
          <th>Source</th>
          <th class="number">Leader</th>
          <th class="number">Target</th>
          <th class="number">Slippage</th>
          <th class="number">Lag</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map((attempt) => (
          <AttemptLine attempt={attempt} names={names} />
        ))}
      </tbody>
    </table>
  );
}

/** The cells that every table of deals begins with after its time: whose it is, in which market, which side. */
export function WhoseDeal({
  deal,
  names,
}: {
  readonly deal: {
    readonly leaderAddress: string;
    readonly tokenId: string;
    readonly conditionId: string;
    readonly side: Side;
  };
  readonly names: Names;
}) {
  return (
    <>
      <td data-label="Leader">
        <LeaderName names={names} address={deal.leaderAddress} />
      </td>
      <td data-label="Market">
        <MarketName names={names} tokenId={deal.tokenId} conditionId={deal.conditionId} />
      </td>
      <td data-label="Side" class={deal.side === 'BUY' ? 'buy' : 'sell'}>
        {deal.side}
      </td>
    </>
  );
}

/** What was traded: shares, price, amount. */
export function Amounts({
  deal,
}: {
  readonly deal: {
    readonly shareMicros: bigint;
    readonly priceMicros: bigint;
    readonly notionalMicros: bigint;
  };
}) {
  return (
    <>
      <td data-label="Shares" class="number">
        {formatShares(deal.shareMicros)}
      </td>
      <td data-label="Price" class="number">
        {formatCents(deal.priceMicros)}
      </td>
      <td data-label="Amount" class="number">
        {formatUsd(deal.notionalMicros)}
      </td>
    </>
  );
}

function AttemptLine({ attempt, names }: { readonly attempt: AttemptView; readonly names: Names }) {
  return (
    <tr>
      <td data-label="Decided">
        <a {...drawerLink(attemptPath(attempt))}>
          <Time ms={attempt.decidedAtMs} />
        </a>
      </td>
      <WhoseDeal deal={attempt} names={names} />
      <td data-label="Decision">
        <AttemptOutcome attempt={attempt} />
        <Clamps attempt={attempt} />
      </td>
      <td data-label="Source">
        {SOURCE_TYPE_LABELS[attempt.sourceType]}
        {attempt.fillCount > 1 ? ` (${attempt.fillCount} fills)` : ''}
      </td>
      <td data-label="Leader amount" class="number">
        {formatUsd(attempt.leaderNotionalMicros)}
      </td>
      <td data-label="Target" class="number">
        {formatUsd(attempt.targetNotionalMicros)}
      </td>
      <td data-label="Slippage" class="number">
        {formatCents(slippage(attempt))}
      </td>
      <td data-label="Lag" class="number">
        {formatDuration(attempt.decidedAtMs - attempt.leaderEventAtMs)}
      </td>
    </tr>
  );
}

export function Clamps({ attempt }: { readonly attempt: AttemptView }) {
  if (attempt.clamps.length === 0) return null;
  return <small>{attempt.clamps.map((clamp) => CLAMP_LABELS[clamp]).join(', ')}</small>;
}

/** Ours against the leader's price per share, signed against us; unknown without a fill. */
export function slippage(attempt: AttemptView): bigint | null {
  if (attempt.vwapPriceMicros === null || attempt.filledShareMicros === 0n) return null;
  const difference = attempt.vwapPriceMicros - attempt.referencePriceMicros;
  return attempt.side === 'BUY' ? difference : -difference;
}
