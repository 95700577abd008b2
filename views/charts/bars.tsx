/**
 * Counts as a table of label, number and bar: a screen reader reads a plain table, everyone else sees a histogram. The
 * bars are SVG drawn on the server, attributes only, so that the CSP needs no inline style.
 */
import type { BarRow } from '../words/stats-labels.ts';

/** Units of the drawing; the page stretches it to the width that is there. */
const WIDTH = 100;
const HEIGHT = 10;

export interface BarsProps {
  readonly title: string;
  readonly rows: readonly BarRow[];
  /** Shown while every count is zero. */
  readonly empty: string;
  /** The words over the two columns. */
  readonly columns?: readonly [label: string, count: string];
}

/** Widths are in proportion to the largest count. */
export function Bars({ title, rows, empty, columns = ['Range', 'Count'] }: BarsProps) {
  const largest = Math.max(0, ...rows.map((row) => row.count));
  if (largest === 0) {
    return (
      <div class="bars bars-none">
        <p class="bars-title">{title}</p>
        <p class="empty">{empty}</p>
      </div>
    );
  }
  return (
    <table class="bars">
      <caption class="bars-title">{title}</caption>
      <thead class="bars-head">
        <tr>
          <th scope="col">{columns[0]}</th>
          <th scope="col">{columns[1]}</th>
          <td />
        </tr>
      </thead>
      <tbody class="bars-body">
        {rows.map((row) => (
          <tr class="bars-row">
            <th scope="row" class="bars-label">
              {row.label}
            </th>
            <td class="bars-count">{row.count.toLocaleString('en-US')}</td>
            <td class="bars-cell">
              <Bar share={row.count / largest} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The number beside it says the same, so that it is hidden from readers of the screen. */
function Bar({ share }: { readonly share: number }) {
  const width = Math.round(Math.max(0, share) * WIDTH * 100) / 100;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="bars-track" width={String(WIDTH)} height={String(HEIGHT)} />
      <rect class="bars-bar" width={String(width)} height={String(HEIGHT)} />
    </svg>
  );
}
