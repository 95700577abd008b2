/** The followed users: add one by address or profile link; pause, resume or remove; his live override. */
import type { LiveState } from '../../domain/switches.ts';
import { formatAddress, formatTime, formatUsd, formatUsdChange, toneOf } from '../format.ts';
import { CommandId, Field, FormErrors, type FormState } from '../forms.tsx';
import { EffectiveLive, OverrideForm } from '../fragments/live-switches.tsx';
import { Document } from '../layout.tsx';
import type { Frame, UserView } from '../models.ts';

export interface UsersView {
  readonly frame: Frame;
  readonly users: readonly UserView[];
  readonly form: FormState;
  readonly commandId: string;
}

export function UsersPage({ view }: { readonly view: UsersView }) {
  const followed = view.users.filter(({ user }) => !user.removed);
  const removed = view.users.filter(({ user }) => user.removed);
  return (
    <Document title="Users" frame={view.frame} path="/users">
      <AddForm view={view} />
      <section class="card">
        <h2>Followed</h2>
        {followed.length === 0 ? <p class="empty">Nobody is followed yet.</p> : null}
        {followed.map((user) => (
          <UserCard user={user} commandId={view.commandId} liveTrading={view.frame.liveTrading} />
        ))}
      </section>
      {removed.length === 0 ? null : (
        <section class="card">
          <h2>Removed</h2>
          <p class="muted">What we still hold of theirs is sold when they sell; nothing more is bought.</p>
          {removed.map((user) => (
            <UserCard user={user} commandId={view.commandId} liveTrading={view.frame.liveTrading} />
          ))}
        </section>
      )}
    </Document>
  );
}

function AddForm({ view }: { readonly view: UsersView }) {
  const { values, errors } = view.form;
  return (
    <form method="post" action="/users/add" class="card">
      <h2>Follow a leader</h2>
      <FormErrors state={view.form} />
      <CommandId id={view.commandId} />
      <div class="fields">
        <Field label="Wallet address or profile link" error={errors.reference}>
          <input
            name="reference"
            value={values.reference ?? ''}
            placeholder="0x… or https://polymarket.com/@name"
            maxlength={300}
            required
          />
        </Field>
        <Field label="Label (blank: the profile’s name)" error={errors.label}>
          <input name="label" value={values.label ?? ''} maxlength={80} />
        </Field>
      </div>
      <button type="submit">Follow</button>
    </form>
  );
}

function UserCard({
  user: { user, slice, liveSlice },
  commandId,
  liveTrading,
}: {
  readonly user: UserView;
  readonly commandId: string;
  readonly liveTrading: LiveState;
}) {
  const address = user.leaderAddress;
  const profile = `https://polymarket.com/profile/${address}`;
  const state = user.removed ? 'Removed' : user.paperEnabled ? 'Active' : 'Paused';
  return (
    <article class="row">
      <div>
        <a href={profile} rel="noreferrer">
          {user.label}
        </a>{' '}
        <code title={address}>{formatAddress(address)}</code>{' '}
        <span class={`badge ${state === 'Active' ? 'good' : 'skip'}`}>{state}</span>{' '}
        <EffectiveLive user={user} global={liveTrading} />
        <br />
        <small>
          Since {formatTime(user.followFromMs)} UTC · <SliceFigures label="paper" slice={slice} /> ·{' '}
          <SliceFigures label="live" slice={liveSlice} /> · <a href={`/trades?leader=${address}`}>trades</a> ·{' '}
          <a href={`/paper-trades?leader=${address}`}>paper copies</a> ·{' '}
          <a href={`/live-trades?list=orders&leader=${address}`}>live orders</a> ·{' '}
          <a href={`/config?leader=${address}`}>settings</a>
        </small>
      </div>
      <div class="actions">
        <OverrideForm user={user} commandId={commandId} from="users" />
        {user.paperEnabled && !user.removed ? (
          <UserButton {...{ address, commandId }} action="pause" label="Pause" />
        ) : (
          <UserButton
            {...{ address, commandId }}
            action="resume"
            label={user.removed ? 'Follow again' : 'Resume'}
          />
        )}
        {user.removed ? null : <UserButton {...{ address, commandId }} action="remove" label="Remove" />}
      </div>
    </article>
  );
}

/** Our slice that copies him: exposure and profit; dashes before its first snapshot. */
function SliceFigures(props: { readonly label: string; readonly slice: UserView['slice'] }) {
  const { label, slice } = props;
  const pnl = slice === undefined ? undefined : slice.realisedMicros + slice.unrealisedMicros;
  return (
    <>
      {label} exposure {formatUsd(slice?.exposureMicros)}, PnL{' '}
      <span class={toneOf(pnl)}>{formatUsdChange(pnl)}</span>
    </>
  );
}

function UserButton(props: {
  readonly address: string;
  readonly commandId: string;
  readonly action: 'pause' | 'resume' | 'remove';
  readonly label: string;
}) {
  return (
    <form method="post" action={`/users/${props.action}`}>
      <CommandId id={`${props.commandId}:${props.action}:${props.address}`} />
      <input type="hidden" name="leaderAddress" value={props.address} />
      <button type="submit" class="quiet">
        {props.label}
      </button>
    </form>
  );
}
