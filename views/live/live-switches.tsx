/**
 * The live switches: OFF with one click, SHADOW, and ON as the end of a guarded flow; per leader, the override and its OFF.
 * What the page offers is for the eye: the server and the Wallet enforce all of it again.
 */

import { isGreen } from '../../domain/orders/orders.ts';
import { LIVE_STATES } from '../../domain/settings/control.ts';
import { formatShadowTime, type ShadowTime } from '../../domain/settings/shadow-time.ts';
import {
  effectiveLive,
  type LiveOverride,
  type LiveState,
  lowerEntries,
} from '../../domain/settings/switches.ts';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Live } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import type { Frame, UserView } from '../models.ts';
import { formatCountdown } from '../words/format.ts';
import { LIVE_OVERRIDE_LABELS, LIVE_STATE_LABELS } from '../words/labels.ts';
import { counting } from './count-down.ts';
import { type EntriesView, EntrySwitch, LeaderEntries, stateWithEntries } from './entry-switch.tsx';
import { CheckItems, type LiveCheckView } from './live-check.tsx';

type FollowedUser = UserView['user'];
/** The global switches. */
export type LiveFrame = Pick<Frame, 'liveTrading' | 'liveEntries'>;

/** The state of live trading, and what the settings require before ON. */
export interface LiveSwitchView {
  /** As saved in D1. */
  readonly saved: LiveState;
  /** As the Wallet itself says; undefined when it does not answer. */
  readonly held: LiveState | undefined;
  /** The time in SHADOW; undefined in every other state, and while the Wallet does not answer. */
  readonly shadow: (ShadowTime & { readonly sinceMs: number }) | undefined;
  readonly shadowMsMin: number;
  /** The switch for entries of all leaders. */
  readonly entries: EntriesView;
}

/** OFF → SHADOW → ON as one flow: the current step, what is missing for the next one, and a button for each (R102). */
export function LiveSwitch(props: {
  readonly view: LiveSwitchView;
  readonly form: FormState;
  readonly checks: LiveCheckView;
  readonly commandId: string;
}) {
  const { view, form, checks, commandId } = props;
  return (
    <section class="card">
      <h2>Live switch</h2>
      <FormErrors state={form} />
      <LiveSteps view={view} />
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
      </div>
      <p class="muted">
        OFF needs one click and stops exits too, at once, and cancels our own open orders; tracking and
        reconciliation go on.
      </p>
      <h3>Entries</h3>
      <EntrySwitch view={view.entries} leader={null} form={form} commandId={commandId} />
      <p class="muted">
        Stopping entries needs one click: nothing is bought any more and open purchases are cancelled, while
        exits go on.
      </p>
      <form method="post" action="/live-trades/check">
        <h3>Is live trading ready?</h3>
        {checks === undefined ? (
          <p class="muted">Not checked yet on this page. It is checked in any case when ON is asked for.</p>
        ) : null}
        <CheckItems checks={checks} />
        <button type="submit" class="quiet">
          Run the check (places nothing)
        </button>
      </form>
      <h3>Switch ON</h3>
      <SwitchOn view={view} form={form} checks={checks} commandId={commandId} />
    </section>
  );
}

/** The three steps, the current one marked. Polled, so that the time in SHADOW moves. */
export function LiveSteps({ view }: { readonly view: LiveSwitchView }) {
  const { held, saved } = view;
  return (
    <Live id="live-switch" src="/part/live-switch" {...counting(view.shadow?.leftMs, 180)}>
      {held === undefined ? (
        <p class="error" role="alert">
          The live Wallet does not answer, so the state of live is not known (saved as {saved}). OFF can be
          pressed all the same.
        </p>
      ) : null}
      {held !== undefined && held !== saved ? (
        <p class="muted">
          Saved as {saved}, but the Wallet holds {held}, and it decides.
        </p>
      ) : null}
      <ol class="steps">
        {LIVE_STATES.map((state) => (
          <li aria-current={state === held ? 'step' : undefined}>
            <strong>{state}</strong>{' '}
            {state === held ? <span class={`badge ${state === 'ON' ? 'on' : 'good'}`}>now</span> : null}
            <p>{LIVE_STATE_LABELS[state]}.</p>
            <StepNote state={state} view={view} />
          </li>
        ))}
      </ol>
    </Live>
  );
}

/** What is over and what is missing, for the step that comes next. */
function StepNote({ state, view }: { readonly state: LiveState; readonly view: LiveSwitchView }) {
  const { held, shadow, shadowMsMin } = view;
  if (state === 'SHADOW' && held === 'OFF')
    return <p class="muted">The next step; nothing is missing for it.</p>;
  if (state === 'SHADOW' && shadow !== undefined)
    return (
      <p class="muted">
        {shadow.leftMs > 0 ? `It has been ${formatShadowTime(shadow)}` : 'Its time in SHADOW is over'}; in it
        since <Time ms={shadow.sinceMs} />.
      </p>
    );
  if (state !== 'ON' || held === undefined || held === 'ON') return null;
  const missing = [
    ...(held === 'OFF' ? [`SHADOW first, for at least ${formatCountdown(shadowMsMin)}`] : []),
    ...(shadow !== undefined && shadow.leftMs > 0
      ? [`${formatCountdown(shadow.leftMs)} more in SHADOW`]
      : []),
    'every item of the check ready',
    'ON typed',
  ];
  return <p class="muted">Still missing: {missing.join('; ')}.</p>;
}

/** Why ON would be refused, as far as this page knows; undefined while it knows nothing against it. */
function standsAgainstOn({ held, shadow }: LiveSwitchView): string | undefined {
  if (held === 'ON') return undefined;
  if (held === undefined) return 'the live Wallet answers';
  if (held === 'OFF') return 'live has been in SHADOW for its time';
  if (shadow === undefined) return 'the Wallet reports since when it is in SHADOW';
  return shadow.leftMs > 0 ? `the time in SHADOW is over, in ${formatCountdown(shadow.leftMs)}` : undefined;
}

/**
 * The typed confirmation, once nothing known is missing; until then what is missing, polled. What was
 * typed and refused stays, whatever refused it. Once it is there it is polled no more, so that nothing typed is lost.
 */
export function SwitchOn(props: {
  readonly view: LiveSwitchView;
  readonly form: FormState;
  readonly checks: LiveCheckView;
  readonly commandId: string;
}) {
  const { view, form, checks, commandId } = props;
  const against = standsAgainstOn(view);
  const typed = form.values.confirmation;
  if (against !== undefined && typed === undefined)
    return (
      <Live id="switch-on" src="/part/switch-on" {...counting(view.shadow?.leftMs, 60)}>
        <p class="muted">ON is typed here as soon as {against}.</p>
      </Live>
    );
  const red = checks !== undefined && (typeof checks === 'string' || !isGreen(checks));
  if (red && typed === undefined)
    return (
      <p id="switch-on" class="muted">
        ON is typed here as soon as every item of the check is ready: mend what is not, then run the check
        again.
      </p>
    );
  return (
    <form method="post" action="/live-trades/switch" class="confirm" id="switch-on">
      <CommandId id={`${commandId}:on`} />
      <Field label="Type ON to trade with real money" error={form.errors.confirmation}>
        <input
          name="confirmation"
          maxlength={8}
          autocomplete="off"
          value={typed ?? ''}
          disabled={against !== undefined}
        />
      </Field>
      <button type="submit" name="state" value="ON" disabled={against !== undefined}>
        Switch ON
      </button>
      <p class="muted">
        {view.held === 'ON'
          ? 'Live is ON. If it paused itself, fix the cause and switch on again to resume.'
          : 'The checks run again when you press the button.'}
      </p>
    </form>
  );
}

/** What is done live for this leader, in one badge. */
export function EffectiveLive({ user, frame }: { readonly user: FollowedUser; readonly frame: LiveFrame }) {
  const global = frame.liveTrading;
  const { state, exitOnly } = effectiveLive({
    global,
    override: user.liveOverride,
    paperFollowed: user.paperEnabled,
    removed: user.removed,
  });
  const entries = lowerEntries(frame.liveEntries, user.liveEntries);
  const text = exitOnly && state !== 'OFF' ? `${state}, exits only` : stateWithEntries(state, entries);
  return <span class={`badge ${state === 'ON' ? 'on' : 'skip'}`}>Live {text}</span>;
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

/** Leaders listed here; the others are on their own pages. */
const SWITCHES_MAX = 50;

/** Every leader with the live state in force, and OFF for that leader alone with one click (R90). */
export function LeaderSwitches(props: {
  readonly users: readonly FollowedUser[];
  readonly frame: LiveFrame;
  readonly commandId: string;
}) {
  const { users, frame, commandId } = props;
  return (
    <details class="card">
      <summary>Live per leader ({String(users.length)})</summary>
      {users.length === 0 ? <p class="empty">Nobody is followed yet.</p> : null}
      {users.slice(0, SWITCHES_MAX).map((user) => (
        <div class="row">
          <div>
            {user.label} <EffectiveLive user={user} frame={frame} />
          </div>
          <div class="actions">
            <OverrideForm user={user} commandId={commandId} from="live-trades" />
            <LeaderEntries user={user} commandId={commandId} />
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
      {users.length <= SWITCHES_MAX ? null : (
        <p>
          {`${users.length - SWITCHES_MAX} more are on `}
          <a href="/users">Users</a>.
        </p>
      )}
    </details>
  );
}
