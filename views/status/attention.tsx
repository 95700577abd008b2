/** At a glance: all is well, or what is not, each with a way to where it can be looked into. */
import { Time } from '../frame/time.tsx';

export interface AttentionView {
  /** A sentence, or the beginning of one that ends in the moment. */
  readonly text: string;
  readonly atMs?: number;
  readonly href: string;
}

export function Attention({ items }: { readonly items: readonly AttentionView[] }) {
  if (items.length === 0) {
    return (
      <section class="card well" aria-label="Condition">
        <p>
          <strong class="gain">All is well.</strong> Feeds, wallets and database answer, trades are seen and
          copied in time, and nothing waits for you.
        </p>
      </section>
    );
  }
  return (
    <section class="card attention">
      <h2>Needs attention</h2>
      <ul>
        {items.map(({ text, atMs, href }) => (
          <li>
            {text} {atMs === undefined ? null : <Time ms={atMs} />}{' '}
            <a href={href} aria-label={`Look into: ${text}`}>
              Look
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
