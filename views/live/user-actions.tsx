/** The actions on a followed user, and the state of that user in badges. */
import { CommandId } from '../frame/forms.tsx';
import type { UserView } from '../models.ts';
import { EffectiveLive, type LiveFrame, OverrideForm } from './live-switches.tsx';

type FollowedUser = UserView['user'];

export function UserBadges({ user, frame }: { readonly user: FollowedUser; readonly frame: LiveFrame }) {
  const state = user.removed ? 'Removed' : user.paperEnabled ? 'Active' : 'Paused';
  return (
    <>
      <span class={`badge ${state === 'Active' ? 'good' : 'skip'}`}>{state}</span>{' '}
      <EffectiveLive user={user} frame={frame} />
    </>
  );
}

/** The live override, pause or resume, remove; `back` is the page to come back to. */
export function UserActions(props: {
  readonly user: FollowedUser;
  readonly commandId: string;
  readonly back: string;
}) {
  const { user, commandId, back } = props;
  const resume = user.removed ? 'Follow again' : 'Resume';
  return (
    <div class="actions">
      <OverrideForm user={user} commandId={commandId} from="users" />
      {user.paperEnabled && !user.removed ? (
        <UserButton {...{ user, commandId, back }} action="pause" label="Pause" />
      ) : (
        <UserButton {...{ user, commandId, back }} action="resume" label={resume} />
      )}
      {user.removed ? null : <UserButton {...{ user, commandId, back }} action="remove" label="Remove" />}
    </div>
  );
}

function UserButton(props: {
  readonly user: FollowedUser;
  readonly commandId: string;
  readonly back: string;
  readonly action: 'pause' | 'resume' | 'remove';
  readonly label: string;
}) {
  const { user, commandId, back, action, label } = props;
  return (
    <form method="post" action={`/users/${action}`}>
      <CommandId id={`${commandId}:${action}:${user.leaderAddress}`} />
      <input type="hidden" name="leaderAddress" value={user.leaderAddress} />
      <input type="hidden" name="back" value={back} />
      <button type="submit" class="quiet" aria-label={`${label} ${user.label}`}>
        {label}
      </button>
    </form>
  );
}
