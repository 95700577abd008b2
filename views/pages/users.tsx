/** The followed users: add one by address, profile link or name; pause, resume or remove; the live override. */

import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Document } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import { UserActions, UserBadges } from '../live/user-actions.tsx';
import type { Frame, UserView } from '../models.ts';
import { ExportLinks } from '../tables/export-links.tsx';
import { formatAddress, formatShares, formatUsd, formatUsdChange, toneOf } from '../words/format.ts';
import { slicePnl } from './dashboard.tsx';

/** What the venue found for a name; a sentence when it found no one or did not answer. */
export type FoundProfiles =
  | readonly {
      readonly address: string;
      readonly name: string;
      /** Null where the venue did not say. */
      readonly volumeShareMicros: bigint | null;
      readonly pnlMicros: bigint | null;
    }[]
  | string;

export interface UsersView {
  readonly frame: Frame;
  readonly users: readonly UserView[];
  /** Part of a name by which the list is narrowed. */
  readonly filter: string;
  /** How many there are in all, and whether there is a further page. */
  readonly total: number;
  readonly page: number;
  readonly hasMore: boolean;
  readonly found: FoundProfiles | undefined;
  readonly form: FormState;
  readonly commandId: string;
}

export function UsersPage({ view }: { readonly view: UsersView }) {
  const followed = view.users.filter(({ user }) => !user.removed);
  const removed = view.users.filter(({ user }) => user.removed);
  return (
    <Document title="Users" frame={view.frame} path="/users">
      <AddForm view={view} />
      {view.found === undefined ? null : <Found found={view.found} view={view} />}
      <section class="card">
        <div class="heading">
          <h2>Followed</h2>
          <FilterByName view={view} />
        </div>
        {followed.length === 0 ? <p class="empty">{emptyText(view)}</p> : null}
        {followed.map((user) => (
          <UserCard user={user} view={view} />
        ))}
      </section>
      {removed.length === 0 ? null : (
        <section class="card">
          <h2>Removed</h2>
          <p class="muted">What we still hold of theirs is sold when they sell; nothing more is bought.</p>
          {removed.map((user) => (
            <UserCard user={user} view={view} />
          ))}
        </section>
      )}
      <Pages view={view} />
      <ExportLinks name="users" what="followed leaders" />
    </Document>
  );
}

function emptyText({ filter, total }: UsersView): string {
  return filter !== '' && total > 0 ? 'Nobody here has such a name.' : 'Nobody is followed yet.';
}

function AddForm({ view }: { readonly view: UsersView }) {
  const { values, errors } = view.form;
  return (
    <form method="post" action="/users/add" class="card">
      <h2>Follow a leader</h2>
      <FormErrors state={view.form} />
      <CommandId id={view.commandId} />
      <div class="fields">
        <Field label="Wallet address, profile link or name" error={errors.reference}>
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
        <div class="actions">
          <button type="submit">Follow</button>
          <button type="submit" class="quiet" formmethod="get" formaction="/users">
            Search by name
          </button>
        </div>
      </div>
    </form>
  );
}

/** Names are hostile and not unique: each is shown with its address, and one of them is chosen by hand. */
function Found({ found, view }: { readonly found: FoundProfiles; readonly view: UsersView }) {
  return (
    <section class="card" id="found">
      <h2>Found at Polymarket</h2>
      {typeof found === 'string' ? <p class="empty">{found}</p> : null}
      {typeof found === 'string'
        ? null
        : found.map(({ address, name, volumeShareMicros, pnlMicros }) => (
            <div class="row">
              <span>
                <strong>{name === '' ? 'No name' : name}</strong> <code>{address}</code>
                <br />
                <small>
                  traded {formatShares(volumeShareMicros)} shares, realised{' '}
                  <span class={toneOf(pnlMicros)}>{formatUsdChange(pnlMicros)}</span>
                </small>
              </span>
              <form method="post" action="/users/add">
                <CommandId id={`${view.commandId}:${address}`} />
                <input type="hidden" name="reference" value={address} />
                <input type="hidden" name="label" value={view.form.values.label ?? ''} />
                <button type="submit" aria-label={`Follow ${name} ${formatAddress(address)}`}>
                  Follow
                </button>
              </form>
            </div>
          ))}
    </section>
  );
}

function FilterByName({ view }: { readonly view: UsersView }) {
  return (
    <search>
      <form method="get" action="/users" class="override">
        <input
          name="q"
          type="search"
          value={view.filter}
          maxlength={80}
          aria-label="Only names with"
          placeholder="Only names with…"
        />
        <button type="submit" class="quiet">
          Show
        </button>
      </form>
    </search>
  );
}

function UserCard({
  user: { user, slice, liveSlice },
  view,
}: {
  readonly user: UserView;
  readonly view: UsersView;
}) {
  const address = user.leaderAddress;
  return (
    <article class="row">
      <div>
        <a href={`/users/${address}`}>
          <strong>{user.label}</strong>
        </a>{' '}
        <code title={address}>{formatAddress(address)}</code> <UserBadges user={user} frame={view.frame} />
        <br />
        <small>
          Since <Time ms={user.followFromMs} /> · <SliceFigures label="paper" slice={slice} /> ·{' '}
          <SliceFigures label="live" slice={liveSlice} /> · <a href={`/trades?leader=${address}`}>trades</a> ·{' '}
          <a href={`/config?leader=${address}`}>settings</a>
        </small>
      </div>
      <UserActions user={user} commandId={view.commandId} back="/users" />
    </article>
  );
}

/** Our slice that copies the leader: exposure and profit; dashes before its first snapshot. */
function SliceFigures(props: { readonly label: string; readonly slice: UserView['slice'] }) {
  const { label, slice } = props;
  const pnl = slicePnl(slice);
  return (
    <>
      {label} exposure {formatUsd(slice?.exposureMicros)}, PnL{' '}
      <span class={toneOf(pnl)}>{formatUsdChange(pnl)}</span>
      {slice === undefined ? null : (
        <>
          {' '}
          <small>
            (<Time ms={slice.bucketAtMs} />)
          </small>
        </>
      )}
    </>
  );
}

function Pages({ view }: { readonly view: UsersView }) {
  const { page, hasMore, filter } = view;
  if (page === 1 && !hasMore) return null;
  const address = (to: number) => `/users?${new URLSearchParams({ q: filter, page: String(to) })}`;
  return (
    <nav class="paging" aria-label="Pages of the list">
      {page > 1 ? <a href={address(page - 1)}>Earlier</a> : null}
      {hasMore ? <a href={address(page + 1)}>More</a> : null}
    </nav>
  );
}
