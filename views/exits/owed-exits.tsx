/** What a Wallet owes: exits that are not sold yet, each with why, what it is worth, what happens next, and what to press (A44). */
import type { PropsWithChildren } from 'hono/jsx';
import type { TradingMode } from '../../domain/ids.ts';
import { notionalFloor, type PriceMicros } from '../../domain/money.ts';
import { hasEndedTries, type OwedExit } from '../../domain/portfolio/owed-exit.ts';
import { Time } from '../frame/time.tsx';
import type { Names } from '../models.ts';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { closePath, sellPath } from '../words/addresses.ts';
import { listedExits, owedStateInWords } from '../words/exit-words.ts';
import { formatCents, formatCountdown, formatDuration, formatShares, formatUsd } from '../words/format.ts';
import { MODE_LABELS, REASON_LABELS } from '../words/labels.ts';

export interface OwedRowView {
  readonly exit: OwedExit;
  /** Null while it is not known; then no worth is shown. */
  readonly markPriceMicros: PriceMicros | null;
  readonly markedAtMs: number;
}

export interface OwedExitsView {
  readonly mode: TradingMode;
  readonly nowMs: number;
  /** The longest owed first, dust last; undefined while the Wallet does not answer. */
  readonly rows: readonly OwedRowView[] | undefined;
  /** Rows that are not listed here. */
  readonly others: number;
}

/** The panel of a portfolio. */
export function OwedExits({ view, names }: { readonly view: OwedExitsView; readonly names: Names }) {
  const { mode, rows, others } = view;
  return (
    <section class="card" id="owed">
      <div class="heading">
        <h2>Owed exits</h2>
        <a href={closePath(mode)}>Close everything…</a>
      </div>
      {rows === undefined ? (
        <p class="error" role="alert">
          {`The ${MODE_LABELS[mode].toLowerCase()} Wallet does not answer: what it owes is not known.`}
        </p>
      ) : rows.length === 0 ? (
        <p class="empty">No exit is owed.</p>
      ) : (
        <>
          <HeldSales view={view} names={names} />
          <OwedTable view={view} names={names} />
          {others === 0 ? null : <p class="note">{`And ${others} more.`}</p>}
        </>
      )}
    </section>
  );
}

/** A44: raising a switch starts none of the held sales, until the operator confirms these. */
function HeldSales({ view, names }: { readonly view: OwedExitsView; readonly names: Names }) {
  const held = (view.rows ?? []).filter(({ exit }) => exit.state === 'HELD');
  if (held.length === 0) return null;
  const count = held.length === 1 ? '1 held sale' : `${held.length} held sales`;
  return (
    <form method="post" action="/exits/confirm">
      <p>
        The leaders sold these while trading was not ON. They are sold once you confirm them and trading is
        ON:
      </p>
      <ul>
        {held.map(({ exit }) => (
          <li>
            {formatShares(exit.shareMicros)} shares of{' '}
            <MarketName names={names} tokenId={exit.tokenId} conditionId={exit.conditionId} />, copied from{' '}
            <LeaderName names={names} address={exit.leaderAddress} />
          </li>
        ))}
      </ul>
      <input type="hidden" name="mode" value={view.mode} />
      <input type="hidden" name="exits" value={listedExits(held.map(({ exit }) => exit))} />
      <div class="actions">
        <button type="submit">{`Confirm ${count}`}</button>
      </div>
    </form>
  );
}

function OwedTable({ view, names }: { readonly view: OwedExitsView; readonly names: Names }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          <th>Leader</th>
          <th class="number">Shares</th>
          <th class="number">Worth</th>
          <th>Why it is owed</th>
          <th>What happens</th>
          <th>Owed for</th>
          <th>Next look</th>
          <th class="number">Tries</th>
          <th>Yours to do</th>
        </tr>
      </thead>
      <tbody>
        {(view.rows ?? []).map((row) => (
          <OwedLine row={row} view={view} names={names} />
        ))}
      </tbody>
    </table>
  );
}

function OwedLine(props: { readonly row: OwedRowView; readonly view: OwedExitsView; readonly names: Names }) {
  const { row, names } = props;
  const { mode, nowMs } = props.view;
  const { exit, markPriceMicros, markedAtMs } = row;
  const { leaderAddress, tokenId, shareMicros, nextLookAtMs } = exit;
  const worth = markPriceMicros === null ? null : notionalFloor(shareMicros, markPriceMicros);
  return (
    <tr>
      <td data-label="Market">
        <MarketName names={names} tokenId={tokenId} conditionId={exit.conditionId} />
      </td>
      <td data-label="Leader">
        <LeaderName names={names} address={leaderAddress} />
      </td>
      <td data-label="Shares" class="number">
        {formatShares(shareMicros)}
      </td>
      <td data-label="Worth" class="number">
        {formatUsd(worth)}
        {markPriceMicros === null ? null : (
          <>
            <br />
            <small>
              at {formatCents(markPriceMicros)}, <Time ms={markedAtMs} />
            </small>
          </>
        )}
      </td>
      <td data-label="Why it is owed">{REASON_LABELS[exit.cause]}</td>
      <td data-label="What happens">{owedStateInWords(exit)}</td>
      <td data-label="Owed for">{formatDuration(nowMs - exit.openedAtMs)}</td>
      <td data-label="Next look">
        {nextLookAtMs === null ? 'none by itself' : `in ${formatCountdown(nextLookAtMs - nowMs)}`}
      </td>
      <td data-label="Tries" class="number">
        {String(exit.tries)}
      </td>
      <td data-label="Yours to do">
        <div class="small actions">
          <a href={sellPath({ mode, leaderAddress, tokenId }, shareMicros)}>Sell now…</a>
          {hasEndedTries(exit) ? (
            <OneExitForm action="/exits/try" mode={mode} exit={exit}>
              <button type="submit" title="Try the sale again by itself, for as long as the settings allow">
                Try again
              </button>
            </OneExitForm>
          ) : null}
          <OneExitForm action="/exits/keep" mode={mode} exit={exit}>
            <button type="submit" class="quiet" title="Keep the shares: nothing is owed of them any more">
              Keep
            </button>
          </OneExitForm>
        </div>
      </td>
    </tr>
  );
}

function OneExitForm(
  props: PropsWithChildren<{
    readonly action: string;
    readonly mode: TradingMode;
    readonly exit: Pick<OwedExit, 'leaderAddress' | 'tokenId'>;
  }>,
) {
  const { action, mode, exit, children } = props;
  return (
    <form method="post" action={action}>
      <input type="hidden" name="mode" value={mode} />
      <input type="hidden" name="leaderAddress" value={exit.leaderAddress} />
      <input type="hidden" name="tokenId" value={exit.tokenId} />
      {children}
    </form>
  );
}
