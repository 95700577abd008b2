/** Selling everything that a Wallet holds: what it would be, the typed confirmation, and what became of each position. */
import type { TradingMode } from '../../domain/ids.ts';
import type { ShareMicros } from '../../domain/money.ts';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Time } from '../frame/time.tsx';
import type { Frame, Names } from '../models.ts';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { PORTFOLIO_PATHS } from '../words/addresses.ts';
import { formatShares, formatUsd } from '../words/format.ts';
import { MODE_LABELS } from '../words/labels.ts';

export interface CloseAllView {
  readonly frame: Frame;
  readonly mode: TradingMode;
  /** Undefined while the Wallet does not answer. */
  readonly held:
    | { readonly positions: number; readonly worthMicros: bigint; readonly atMs: number }
    | undefined;
  /** What must be typed. */
  readonly word: string;
  readonly form: FormState;
  readonly commandId: string;
}

export function CloseAll({ view }: { readonly view: CloseAllView }) {
  const { held, mode } = view;
  return (
    <section class="card attention">
      <h2>{`Close everything on ${MODE_LABELS[mode].toLowerCase()}`}</h2>
      <FormErrors state={view.form} />
      {held === undefined ? (
        <p class="error" role="alert">
          The Wallet does not answer, so what it holds is not known. Try again.
        </p>
      ) : held.positions === 0 ? (
        <p class="empty">Nothing is held that could be sold.</p>
      ) : (
        <>
          <p>
            {`${held.positions} positions, worth ${formatUsd(held.worthMicros)} at their marks of `}
            <Time ms={held.atMs} />. Each is sold at once at its best bid, within the slippage that the
            settings allow; it may bring less than its mark. What came from outside is not sold.
          </p>
          <p class="muted">
            The leaders stay followed, so their next trades are copied again. Pause them first if you want to
            stay out; with trading OFF nothing can be sold.
          </p>
          <CloseForm view={view} />
        </>
      )}
    </section>
  );
}

function CloseForm({ view }: { readonly view: CloseAllView }) {
  const { mode, word, form, commandId } = view;
  return (
    <form method="post" action="/close" class="confirm">
      <CommandId id={`${commandId}:close`} />
      <input type="hidden" name="mode" value={mode} />
      <Field label={`Type ${word}`} error={form.errors.confirmation}>
        <input
          name="confirmation"
          maxlength={20}
          autocomplete="off"
          value={form.values.confirmation ?? ''}
          required
        />
      </Field>
      <button type="submit" class="danger">
        Close everything
      </button>
    </form>
  );
}

export interface CloseAnswerView {
  /** Undefined while D1 does not answer: the sales need no D1. */
  readonly frame: Frame | undefined;
  readonly mode: TradingMode;
  readonly lines: readonly {
    readonly position: {
      readonly leaderAddress: string;
      readonly tokenId: string;
      readonly conditionId: string;
      readonly shareMicros: ShareMicros;
    };
    /** Undefined: the Wallet has taken the sale. */
    readonly refused: string | undefined;
  }[];
  readonly left: number;
  readonly after: string;
  readonly word: string;
  readonly names: Names;
  /** The id of the press, which goes on with the rest. */
  readonly commandId: string;
}

/** What became of each, and one button for the rest. */
export function CloseAnswer({ view }: { readonly view: CloseAnswerView }) {
  const { lines, left, names, mode } = view;
  const accepted = lines.filter((line) => line.refused === undefined).length;
  return (
    <section class="card attention" role="status">
      <h2>{`${accepted} accepted, ${lines.length - accepted} refused`}</h2>
      {left === 0 ? null : <GoOn view={view} />}
      <table>
        <thead>
          <tr>
            <th>Market</th>
            <th>Leader</th>
            <th class="number">Shares</th>
            <th>What became of it</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ position, refused }) => (
            <tr>
              <td data-label="Market">
                <MarketName names={names} tokenId={position.tokenId} conditionId={position.conditionId} />
              </td>
              <td data-label="Leader">
                <LeaderName names={names} address={position.leaderAddress} />
              </td>
              <td data-label="Shares" class="number">
                {formatShares(position.shareMicros)}
              </td>
              <td data-label="What became of it" class={refused === undefined ? '' : 'loss'}>
                {refused ?? 'Accepted'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">
        Accepted means that the sale was placed; how much of it was filled is in the list of trades.
      </p>
      <p>
        <a href={PORTFOLIO_PATHS[mode]}>{`${mode === 'PAPER' ? 'Paper' : 'Real'} Portfolio`}</a> ·{' '}
        <a href={mode === 'PAPER' ? '/paper-trades' : '/live-trades'}>trades</a>
      </p>
    </section>
  );
}

function GoOn({ view }: { readonly view: CloseAnswerView }) {
  const { left, mode, after, word, commandId } = view;
  return (
    <form method="post" action="/close">
      <p>{left === 1 ? 'One position is left.' : `${left} positions are left.`}</p>
      <CommandId id={commandId} />
      <input type="hidden" name="mode" value={mode} />
      <input type="hidden" name="after" value={after} />
      <input type="hidden" name="confirmation" value={word} />
      <button type="submit" class="danger">
        Go on with the rest
      </button>
    </form>
  );
}
