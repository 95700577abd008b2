/** Everything that an object reports about itself, in the order of its type, so that a new field needs no new page. */
import type { Child } from 'hono/jsx';
import { Time } from '../frame/time.tsx';
import { UNKNOWN } from '../words/format.ts';
import type { Part } from './objects.ts';

/** Lines shown of one list. */
const LINES_MAX = 50;
/** Shown as the title and the badge; the leaders in trouble report themselves below. */
const LEFT_OUT = new Set(['kind', 'healthy', 'troubles']);
/** Their names add nothing to those of their fields. */
const UNNAMED = new Set(['live', 'counts']);

export function ObjectSection({ part: { title, status } }: { readonly part: Part }) {
  const fields = Object.entries(status).filter(
    // The paper Wallet has no `live`.
    ([name, value]) => !LEFT_OUT.has(name) && !(name === 'live' && value === null),
  );
  const facts = fields.flatMap(([name, value]) => factsOf(name, value));
  const lists = fields.flatMap(([name, value]) => listsOf(name, value));
  return (
    <details class="card" open={!status.healthy}>
      <summary>
        <strong>{title}</strong>{' '}
        <span class={`badge ${status.healthy ? 'good' : 'bad'}`}>
          {status.healthy ? 'healthy' : 'needs attention'}
        </span>
      </summary>
      <dl class="facts">
        {facts.map(({ name, value }) => (
          <div>
            <dt>{wordsOf(name)}</dt>
            <dd>{factText(name, value)}</dd>
          </div>
        ))}
      </dl>
      {lists.map(({ name, lines }) =>
        lines.length === 0 ? null : (
          <details>
            <summary>{`${wordsOf(name)} (${lines.length})`}</summary>
            <ul>
              {lines.slice(0, LINES_MAX).map((line) => (
                <li>{String(line)}</li>
              ))}
            </ul>
          </details>
        ),
      )}
    </details>
  );
}

/** The scalar fields of a value, those of nested objects under joined names: outbox.depth becomes outboxDepth. */
function factsOf(
  name: string,
  value: unknown,
): readonly { readonly name: string; readonly value: unknown }[] {
  if (Array.isArray(value)) return [];
  if (typeof value !== 'object' || value === null) return [{ name, value }];
  return Object.entries(value).flatMap(([inner, one]) => factsOf(joined(name, inner), one));
}

/** The lists of a value, those of nested objects too. */
function listsOf(
  name: string,
  value: unknown,
): readonly { readonly name: string; readonly lines: readonly unknown[] }[] {
  if (Array.isArray(value)) return [{ name, lines: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, one]) => listsOf(joined(name, inner), one));
}

function joined(outer: string, inner: string): string {
  return UNNAMED.has(outer) ? inner : `${outer}${inner.charAt(0).toUpperCase()}${inner.slice(1)}`;
}

/** "lastTickAtMs" → "Last tick". */
function wordsOf(name: string): string {
  const words = name
    .replace(/AtMs$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function factText(name: string, value: unknown): Child {
  if (value === null || value === undefined || value === '') return UNKNOWN;
  if (name.endsWith('AtMs') && typeof value === 'number') return <Time ms={value} />;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
