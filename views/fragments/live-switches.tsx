/** The live switches: OFF with one click, SHADOW, and ON that must be typed; per leader, the override and its OFF. */
import { effectiveLive, type LiveOverride, type LiveState } from '../../domain/switches.ts';
import { CommandId, Field, FormErrors, type FormState } from '../forms.tsx';
import { LIVE_OVERRIDE_LABELS, LIVE_STATE_LABELS } from '../labels.ts';
import type { UserView } from '../models.ts';

type FollowedUser = UserView['user'];

export function LiveSwitch(props: {
  readonly liveTrading: LiveState;
  readonly form: FormState;
  readonly commandId: string;
}) {
  const { liveTrading, form, commandId } = props;
  return (
    <section class="card">
      <h2>Live switch</h2>
      <p class="muted">
        Saved as {liveTrading}. {LIVE_STATE_LABELS[liveTrading]}. Off stops exits too, at once, and cancels
        our own open orders; tracking and reconciliation go on.
      </p>
      <FormErrors state={form} />
      <div class="switches">
        <form method="post" action="/live-trades/off">
          <CommandId id={`${commandId}:off`} />
          <button type="submit" class="danger">
            OFF now
          </button>
        </form>
        <form method="post" action="/live-trades/switch">
          <CommandId id={`${commandId}:shadow`} />
          <button type="submit" name="state" value="SHADOW" class="quiet">
            SHADOW: record, place nothing
          </button>
        </form>
        <form method="post" action="/live-trades/switch" class="confirm">
          <CommandId id={`${commandId}:on`} />
          <Field label="Type ON to trade with real money" error={form.errors.confirmation}>
            <input
              name="confirmation"
              maxlength={8}
              autocomplete="off"
              value={form.values.confirmation ?? ''}
            />
          </Field>
          <button type="submit" name="state" value="ON">
            Switch ON
          </button>
        </form>
      </div>
    </section>
  );
}

/** What is done live for this leader, in one badge. */
export function EffectiveLive({ user, global }: { readonly user: FollowedUser; readonly global: LiveState }) {
  const { state, exitOnly } = effectiveLive({
    global,
    override: user.liveOverride,
    paperFollowed: user.paperEnabled,
    removed: user.removed,
  });
  const text = exitOnly && state !== 'OFF' ? `Live ${state}, exits only` : `Live ${state}`;
  return <span class={`badge ${state === 'ON' ? 'on' : 'skip'}`}>{text}</span>;
}

/** Chooses a leader's live override; `from` is the page to come back to. */
export function OverrideForm(props: {
  readonly user: FollowedUser;
  readonly commandId: string;
  readonly from: 'users' | 'live-trades';
}) {
  const { user, commandId, from } = props;
  const words: readonly LiveOverride[] = ['INHERIT', 'FORCE_ON', 'FORCE_OFF'];
  return (
    <form method="post" action="/users/live" class="override">
      <CommandId id={`${commandId}:live:${user.leaderAddress}`} />
      <input type="hidden" name="leaderAddress" value={user.leaderAddress} />
      <input type="hidden" name="from" value={from} />
      <select name="override" aria-label={`Live copying of ${user.label}`}>
        {words.map((word) => (
          <option value={word} selected={word === user.liveOverride}>
            {LIVE_OVERRIDE_LABELS[word]}
          </option>
        ))}
      </select>
      <button type="submit" class="quiet">
        Set
      </button>
    </form>
  );
}

/** Every leader with what is done live for him, and OFF for him alone with one click (R90). */
export function LeaderSwitches(props: {
  readonly users: readonly FollowedUser[];
  readonly global: LiveState;
  readonly commandId: string;
}) {
  const { users, global, commandId } = props;
  return (
    <details class="card">
      <summary>Live per leader ({String(users.length)})</summary>
      {users.length === 0 ? <p class="empty">Nobody is followed yet.</p> : null}
      {users.map((user) => (
        <div class="row">
          <div>
            {user.label} <EffectiveLive user={user} global={global} />
          </div>
          <div class="actions">
            <OverrideForm user={user} commandId={commandId} from="live-trades" />
            {user.liveOverride === 'FORCE_OFF' ? null : (
              <form method="post" action="/users/live">
                <CommandId id={`${commandId}:off:${user.leaderAddress}`} />
                <input type="hidden" name="leaderAddress" value={user.leaderAddress} />
                <input type="hidden" name="from" value="live-trades" />
                <button type="submit" name="override" value="FORCE_OFF" class="danger">
                  OFF
                </button>
              </form>
            )}
          </div>
        </div>
      ))}
    </details>
  );
}
