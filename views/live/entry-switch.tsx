/**
 * The switch for entries (A61): stopped with one click, allowed again after a confirmation. For all leaders or for one; the server
 * and the Wallet enforce it.
 */
import { type EntryState, lowerEntries } from '../../domain/settings/switches.ts';
import { CommandId, EMPTY_FORM, Field, type FormState } from '../frame/forms.tsx';
import type { UserView } from '../models.ts';

/** What a switch for entries is, as far as it is known. */
export interface EntriesView {
  /** As saved in D1. */
  readonly saved: EntryState;
  /** As the Wallet itself says; undefined when it does not answer, or does not say. */
  readonly held: EntryState | undefined;
}

/** Words for the state of live that is in force, with what entries add to it. */
export function stateWithEntries(state: string, entries: EntryState | undefined): string {
  return entries === 'OFF' && state !== 'OFF' ? `${state}, entries stopped` : state;
}

/** Both buttons where D1 and the Wallet differ: whichever is wanted can be said again. */
export function EntrySwitch(props: {
  readonly view: EntriesView;
  /** Null: all leaders. */
  readonly leader: { readonly leaderAddress: string; readonly label: string } | null;
  readonly form: FormState;
  readonly commandId: string;
}) {
  const { view, leader, form, commandId } = props;
  const { saved, held = saved } = view;
  const isStopped = lowerEntries(saved, held) === 'OFF';
  const id = `${commandId}:entries:${leader?.leaderAddress ?? 'all'}`;
  const whose = leader === null ? 'all leaders' : leader.label;
  return (
    <div class="switches">
      {saved === 'OFF' && held === 'OFF' ? null : (
        <form method="post" action="/live-trades/entries">
          <CommandId id={`${id}:off`} />
          <input type="hidden" name="leaderAddress" value={leader?.leaderAddress ?? ''} />
          <button
            type="submit"
            name="state"
            value="OFF"
            class="danger"
            aria-label={`Stop entries of ${whose}`}
          >
            Stop entries
          </button>
        </form>
      )}
      {isStopped ? (
        <form method="post" action="/live-trades/entries" class="confirm">
          <CommandId id={`${id}:on`} />
          <input type="hidden" name="leaderAddress" value={leader?.leaderAddress ?? ''} />
          <Field label={`Purchases for ${whose} may leave again`} error={form.errors.confirmed}>
            <input name="confirmed" type="checkbox" value="yes" required />
          </Field>
          <button
            type="submit"
            name="state"
            value="ON"
            class="quiet"
            aria-label={`Allow entries of ${whose}`}
          >
            Allow entries
          </button>
        </form>
      ) : null}
    </div>
  );
}

/** The leader's own switch for entries. Only what D1 says is known here: the Wallet reports how many are stopped, not which. */
export function LeaderEntries(props: { readonly user: UserView['user']; readonly commandId: string }) {
  const { user, commandId } = props;
  const view = { saved: user.liveEntries, held: undefined };
  return <EntrySwitch view={view} leader={user} form={EMPTY_FORM} commandId={commandId} />;
}
