/** The form that resets a Wallet's peak, folded away: a drawdown breaker that was set off by a wrong price needs it. */
import type { TradingMode } from '../../domain/ids.ts';
import { CommandId, Field, type FormState } from '../frame/forms.tsx';

const PATHS = { PAPER: '/paper-portfolio/reset-peak', LIVE: '/real-portfolio/reset-peak' } as const;

export function ResetPeakForm(props: {
  readonly mode: TradingMode;
  readonly form: FormState;
  readonly commandId: string;
}) {
  const { mode, form, commandId } = props;
  const isWrong = form.errors.confirmation !== undefined;
  return (
    <details class="card" open={isWrong}>
      <summary>Reset the peak of the drawdown</summary>
      <p class="muted">
        The drawdown then counts from the profit of this moment, and the deepest drawdown starts again from
        zero. Do this when the peak came from a wrong price. Nothing is bought or sold.
      </p>
      <form method="post" action={PATHS[mode]} class="confirm">
        <CommandId id={`${commandId}:peak`} />
        <Field label="Type RESET" error={form.errors.confirmation}>
          <input
            name="confirmation"
            maxlength={8}
            autocomplete="off"
            value={form.values.confirmation ?? ''}
          />
        </Field>
        <button type="submit" class="quiet">
          Reset the peak
        </button>
      </form>
    </details>
  );
}
