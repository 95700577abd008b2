/** The sale of one position by hand: the price first, then how many shares, then one press that sells at it (A44, A45). */
import type { TradingMode } from '../../domain/ids.ts';
import {
  type CashMicros,
  formatMicros,
  notionalFloor,
  type PriceMicros,
  parseMicros,
  type ShareMicros,
  shares,
} from '../../domain/money.ts';
import type { OwedExit } from '../../domain/portfolio/owed-exit.ts';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Time } from '../frame/time.tsx';
import type { Frame, Names } from '../models.ts';
import { Tile } from '../portfolio/wallet-figures.tsx';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { owedStateInWords } from '../words/exit-words.ts';
import { formatCents, formatDuration, formatShares, formatUsd, formatUsdChange } from '../words/format.ts';
import { MODE_LABELS, REASON_LABELS } from '../words/labels.ts';

export interface PricesView {
  readonly bidPriceMicros: PriceMicros;
  /** Below this best bid nothing is sold. */
  readonly bidPriceMicrosMin: PriceMicros;
  readonly asOfMs: number;
  /** What the bids down to that price take of the shares typed, and pay for it, before the fee. */
  readonly takenShareMicros: ShareMicros;
  readonly takenCashMicros: CashMicros;
}

export interface SaleView {
  readonly frame: Frame;
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly tokenId: string;
  /** '' while the position is not known. */
  readonly conditionId: string;
  /** Undefined while the Wallet does not answer; zero when it holds none. */
  readonly heldShareMicros: ShareMicros | undefined;
  /** What an exit of the leader owes of it. */
  readonly owed: OwedExit | undefined;
  /** Decimal shares to sell, as linked or typed; hostile text. */
  readonly shares: string;
  /** Undefined where nobody bids or the book is not known. */
  readonly prices: PricesView | undefined;
  readonly names: Names;
  readonly form: FormState;
  readonly commandId: string;
}

export function Sale({ view }: { readonly view: SaleView }) {
  const { mode, leaderAddress, tokenId, conditionId, names, heldShareMicros } = view;
  return (
    <section class="card">
      <h2>
        <MarketName names={names} tokenId={tokenId} conditionId={conditionId} />
      </h2>
      <p>
        {MODE_LABELS[mode]}, copied from <LeaderName names={names} address={leaderAddress} />
      </p>
      <FormErrors state={view.form} />
      {heldShareMicros === undefined ? (
        <p class="error" role="alert">
          The Wallet does not answer, so what it holds is not known. Try again.
        </p>
      ) : heldShareMicros <= 0n ? (
        <p class="empty">Nothing of this is held.</p>
      ) : (
        <>
          <Prices view={view} heldShareMicros={heldShareMicros} />
          <Owed view={view} />
          <SaleForm view={view} />
        </>
      )}
    </section>
  );
}

function Prices({
  view,
  heldShareMicros,
}: {
  readonly view: SaleView;
  readonly heldShareMicros: ShareMicros;
}) {
  const { prices, frame } = view;
  const typed = shares(parseMicros(view.shares.trim()) ?? 0n);
  if (prices === undefined)
    return (
      <>
        <p class="error" role="alert">
          {view.form.errors.price ?? 'There is no bid for these shares now, or the order book is not known.'}
        </p>
        <p>{`${formatShares(heldShareMicros)} shares are held.`}</p>
      </>
    );
  const { bidPriceMicros, takenShareMicros, takenCashMicros } = prices;
  const age = formatDuration(frame.nowMs - prices.asOfMs);
  return (
    <>
      {view.form.errors.price === undefined ? null : (
        <p class="error" role="alert">
          {view.form.errors.price}
        </p>
      )}
      <dl class="tiles">
        <Tile label="Held" value={`${formatShares(heldShareMicros)} shares`} />
        <Tile label="Best bid" value={formatCents(bidPriceMicros)} more={`${age} old`} />
        <Tile
          label={`${formatShares(typed)} shares at the best bid`}
          value={formatUsd(notionalFloor(typed, bidPriceMicros))}
        />
        <Tile
          label="What the bids take now, before the fee"
          value={formatUsd(takenCashMicros)}
          more={`${formatShares(takenShareMicros)} shares, down to ${formatCents(prices.bidPriceMicrosMin)}`}
        />
      </dl>
      <p class="muted">
        Order book of <Time ms={prices.asOfMs} />. If the best bid is below{' '}
        {formatCents(prices.bidPriceMicrosMin)} by the time you press, nothing is sold and you are shown the
        new price.
      </p>
    </>
  );
}

/** What the leader's exit owes, and what the bid costs against the leader's price. */
function Owed({ view: { owed, prices } }: { readonly view: SaleView }) {
  if (owed === undefined) return null;
  const { shareMicros, referencePriceMicros } = owed;
  const loss =
    prices === undefined
      ? null
      : notionalFloor(shareMicros, prices.bidPriceMicros) - notionalFloor(shareMicros, referencePriceMicros);
  return (
    <p class="note">
      The leader sold at {formatCents(referencePriceMicros)}; an exit owes {formatShares(shareMicros)} shares
      of it ({REASON_LABELS[owed.cause]}. {owedStateInWords(owed)}.)
      {loss === null
        ? null
        : ` At the best bid these bring ${formatUsdChange(loss)} against the leader’s price.`}
    </p>
  );
}

function SaleForm({ view }: { readonly view: SaleView }) {
  const { mode, leaderAddress, tokenId, prices, form } = view;
  return (
    <form method="post" action="/sell">
      <CommandId id={`${view.commandId}:sell`} />
      <input type="hidden" name="mode" value={mode} />
      <input type="hidden" name="leader" value={leaderAddress} />
      <input type="hidden" name="token" value={tokenId} />
      <input
        type="hidden"
        name="bidMin"
        value={prices === undefined ? '' : formatMicros(prices.bidPriceMicrosMin)}
      />
      <div class="fields">
        <Field label="Shares to sell" error={form.errors.shares}>
          <input name="shares" inputmode="decimal" value={view.shares} required maxlength={20} />
        </Field>
        <div class="actions">
          <button type="submit" class="quiet" formmethod="get" formaction="/sell">
            Show what they bring
          </button>
          {prices === undefined ? null : (
            <button type="submit" class="danger">
              Sell at the bid
            </button>
          )}
        </div>
      </div>
    </form>
  );
}
