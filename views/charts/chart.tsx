/**
 * Lines over time. app.js draws them from the figures in an attribute, since the CSP takes no inline script; the same figures
 * stand in a table below, for readers of the screen and where there is no script.
 */
import { assertNever } from '../../domain/assert.ts';
import { Time } from '../frame/time.tsx';
import { formatPercent, formatUsd } from '../words/format.ts';

export type ChartUnit = 'usd' | 'percent';

export interface ChartSeries {
  readonly label: string;
  /** One of the colours of app.css, so that both themes have their own. */
  readonly colour: '--accent' | '--accent-2' | '--accent-3' | '--bad' | '--muted';
  /** Micros of cash, or basis points; null where nothing is known. As many as there are times. */
  readonly values: readonly (bigint | null)[];
  readonly filled?: boolean;
  readonly dashed?: boolean;
}

export interface ChartView {
  readonly id: string;
  readonly title: string;
  readonly unit: ChartUnit;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  /** What to say while there are too few points. */
  readonly empty: string;
}

/** Rows of the table below a chart; the exports have every point. */
const TABLE_ROWS_MAX = 12;

export function LineChart({ view }: { readonly view: ChartView }) {
  const { id, title, timesMs, empty } = view;
  if (timesMs.length < 2) {
    return (
      <section aria-label={title}>
        <h3>{title}</h3>
        <p class="empty">{empty}</p>
      </section>
    );
  }
  return (
    <figure id={id} class="chart" data-chart={chartData(view)} aria-label={title}>
      <h3>{title}</h3>
      {/* Drawn by app.js; a refresh of the part around it must leave it in place. */}
      <div class="plot" aria-hidden="true" hx-morph-skip-children></div>
      <figcaption>{captionOf(view)}</figcaption>
      <details>
        <summary>Show the values</summary>
        <ValueTable view={view} />
      </details>
    </figure>
  );
}

/** Whole numbers of micros or basis points: a script may turn them into pixels, money is never computed from them. */
function chartData({ unit, timesMs, series }: ChartView): string {
  return JSON.stringify({
    unit,
    x: timesMs.map((ms) => ms / 1_000),
    series: series.map(({ values, ...rest }) => ({
      ...rest,
      values: values.map((value) => (value === null ? null : Number(value))),
    })),
  });
}

function formatValue(unit: ChartUnit, value: bigint | null): string {
  switch (unit) {
    case 'usd':
      return formatUsd(value);
    case 'percent':
      return formatPercent(value);
    default:
      return assertNever(unit);
  }
}

/** The first and the last value of each line in words. */
function captionOf({ unit, series }: ChartView): string {
  return series
    .map(({ label, values }) => {
      const known = values.filter((value) => value !== null);
      const [first = null] = known;
      return `${label}: ${formatValue(unit, first)} to ${formatValue(unit, known.at(-1) ?? null)}`;
    })
    .join('; ');
}

function ValueTable({ view: { unit, timesMs, series, title } }: { readonly view: ChartView }) {
  const step = Math.max(1, Math.ceil(timesMs.length / TABLE_ROWS_MAX));
  const last = timesMs.length - 1;
  const shown = timesMs.flatMap((ms, at) => (at % step === 0 || at === last ? [{ ms, at }] : []));
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th>Time</th>
          {series.map(({ label }) => (
            <th class="number">{label}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map(({ ms, at }) => (
          <tr>
            <td data-label="Time">
              <Time ms={ms} />
            </td>
            {series.map(({ label, values }) => (
              <td data-label={label} class="number">
                {formatValue(unit, values[at] ?? null)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
