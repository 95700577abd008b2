/** What an object tells of itself, shown as it comes, so that a new fact needs no new page. */
import type { Child } from 'hono/jsx';
import type { ObjectStatus } from '../../domain/records/status.ts';
import { Time } from '../frame/time.tsx';
import { UNKNOWN } from '../words/format.ts';

/** Lines shown of one list. */
const LINES_MAX = 50;

export function ObjectSection({ status }: { readonly status: ObjectStatus }) {
  return (
    <details class="card" open={!status.healthy}>
      <summary>
        <strong>{status.title}</strong>{' '}
        <span class={`badge ${status.healthy ? 'good' : 'bad'}`}>
          {status.healthy ? 'healthy' : 'needs attention'}
        </span>
      </summary>
      <dl class="facts">
        {Object.entries(status.facts).map(([name, value]) => (
          <div>
            <dt>{wordsOf(name)}</dt>
            <dd>{factText(name, value)}</dd>
          </div>
        ))}
      </dl>
      {Object.entries(status.lists).map(([name, lines]) =>
        lines.length === 0 ? null : (
          <details>
            <summary>{`${wordsOf(name)} (${lines.length})`}</summary>
            <ul>
              {lines.slice(0, LINES_MAX).map((line) => (
                <li>{line}</li>
              ))}
            </ul>
          </details>
        ),
      )}
    </details>
  );
}

/** "lastTickAtMs" → "Last tick". */
function wordsOf(name: string): string {
  const words = name
    .replace(/AtMs$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function factText(name: string, value: string | number | boolean | null): Child {
  if (value === null || value === '') return UNKNOWN;
  if (name.endsWith('AtMs') && typeof value === 'number') return <Time ms={value} />;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
