/** Moments on a page: UTC as the server writes them, and in the reader's own zone once app.js has seen them; UTC on hover. */
import { formatTime, UNKNOWN } from '../words/format.ts';

/** A moment, or a dash when it is not known. */
export function Time({ ms }: { readonly ms: number | null | undefined }) {
  const text = formatTime(ms);
  // formatTime gives the dash for what is no time; else the number is one.
  if (text === UNKNOWN || typeof ms !== 'number') return <span>{UNKNOWN}</span>;
  return (
    <time datetime={new Date(ms).toISOString()} title={`${text} UTC`}>
      {text} UTC
    </time>
  );
}
