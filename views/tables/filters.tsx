/** Filters as an ordinary GET form, and the way on through a list that is paged by key. */
import type { Child } from 'hono/jsx';
import { Time } from '../frame/time.tsx';
import type { Names } from '../models.ts';

/** The text of every filter as the address has it; hostile. */
export type FilterValues = Readonly<Record<string, string>>;

export function FilterForm(props: { readonly action: string; readonly children: Child }) {
  return (
    <form method="get" action={props.action} class="card filters">
      {props.children}
      <button type="submit">Filter</button>
      <a href={props.action}>Clear</a>
    </form>
  );
}

export function LeaderFilter({
  names,
  value,
}: {
  readonly names: Names;
  readonly value: string | undefined;
}) {
  const options = Object.fromEntries([...names.leaders]);
  return <SelectFilter name="leader" label="Leader" value={value} options={options} />;
}

export function SelectFilter(props: {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}) {
  return (
    <label class="field">
      <span class="label">{props.label}</span>
      <select name={props.name}>
        <option value="">All</option>
        {Object.entries(props.options).map(([value, label]) => (
          <option value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function TextFilter(props: {
  readonly name: string;
  readonly label: string;
  readonly type: 'search' | 'date';
  readonly value: string | undefined;
}) {
  return (
    <label class="field">
      <span class="label">{props.label}</span>
      <input name={props.name} type={props.type} value={props.value ?? ''} maxlength={200} />
    </label>
  );
}

export interface PagingView {
  readonly path: string;
  readonly filters: FilterValues;
  /** Where the next page starts; undefined at the end. */
  readonly next: string | undefined;
  readonly lookedBackToMs: number | undefined;
  readonly firstPage: boolean;
}

export function Paging({ paging }: { readonly paging: PagingView }) {
  const { path, filters, next, lookedBackToMs, firstPage } = paging;
  return (
    <nav class="paging" aria-label="Pages of the list">
      {lookedBackToMs === undefined ? null : (
        <span>
          Looked back to <Time ms={lookedBackToMs} />; there are older rows.{' '}
        </span>
      )}
      {firstPage ? null : <a href={addressOf(path, filters)}>Newest</a>}{' '}
      {next === undefined ? <span class="muted">End of the list</span> : null}
      {next === undefined ? null : (
        <a href={addressOf(path, { ...filters, before: next })} rel="next">
          {lookedBackToMs === undefined ? 'Older' : 'Look further back'}
        </a>
      )}
    </nav>
  );
}

/** The path with the filters that are set. */
export function addressOf(path: string, filters: FilterValues): string {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ''));
  return query.size === 0 ? path : `${path}?${query}`;
}
