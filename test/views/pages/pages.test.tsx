import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLAMPS, REASON_CODES } from '../../../domain/decide/reasons.ts';
import { LineChart } from '../../../views/charts/chart.tsx';
import type { AttemptView, Names } from '../../../views/models.ts';
import { PositionsTable } from '../../../views/portfolio/positions.tsx';
import { WalletTiles, type WalletTilesView } from '../../../views/portfolio/wallet-figures.tsx';
import { AttemptsTable, FillsTable } from '../../../views/tables/trade-tables.tsx';
import { CLAMP_LABELS, REASON_LABELS } from '../../../views/words/labels.ts';
import { AT, attempt, leaderFill, position, snapshot } from '../../ledger/records.ts';

const NAMES: Names = { leaders: new Map(), markets: new Map() };

const FALL = { fallMicros: 5_000_000n, peakEquityMicros: 10_128_450_000n };
const TILES: WalletTilesView = {
  figures: {
    mode: 'PAPER',
    range: '1D',
    snapshot: snapshot(),
    isNow: true,
    dayPnlMicros: 1_000_000n,
    windows: { '1H': 0n, '1D': 1_000_000n, '1W': -2_500_000n, '1M': 123_450_000n, ALL: 123_450_000n },
    line: [snapshot()],
  },
  drawdown: FALL,
  deepest: FALL,
  wins: { wins: 3, losses: 1 },
};

/** Elements that would show money and show nothing: what Hono's JSX makes of a bigint. */
function emptyNumbers(html: string): string[] {
  return html.match(/<(td|dd|dt|span|small)[^>]*><\/\1>/g) ?? [];
}

describe('every money field', () => {
  it('is there as text: no cell is empty, although a bigint would print as nothing', () => {
    const shown = [
      <AttemptsTable
        attempts={[attempt(), attempt({ vwapPriceMicros: null, filledShareMicros: 0n })]}
        names={NAMES}
      />,
      <FillsTable fills={[{ ...leaderFill(), attempt: attempt() }]} names={NAMES} />,
      <WalletTiles view={TILES} />,
      <PositionsTable positions={[{ ...position(), markAgeMs: 5_000 }]} names={NAMES} />,
    ].map(String);
    expect(shown.flatMap(emptyNumbers).filter((tag) => !tag.includes('class="outcome"'))).toEqual([]);
    const all = shown.join('');
    for (const text of [
      '$42.00',
      '$5.00',
      '42¢',
      '100.00',
      '$10,123.45',
      '$9,118.34',
      '11.90',
      '45¢',
      '+$0.36',
    ]) {
      expect(all).toContain(text);
    }
  });

  it('would be caught by this test if it were printed as a bigint', () => {
    expect(emptyNumbers(String(<td>{5n}</td>))).toHaveLength(1);
  });
});

describe('an attempt', () => {
  it.each(REASON_CODES)('skipped for %s says so in words', (reason) => {
    const html = String(
      <AttemptsTable attempts={[attempt({ decision: 'SKIP', reasons: [reason] })]} names={NAMES} />,
    );
    expect(html).toContain(REASON_LABELS[reason]);
    expect(html).toContain(`title="${reason}"`);
  });

  it('that is pending says so, what it is about, when it is due and why it waits (A55)', () => {
    const pending = { reasons: ['PAPER_PENDING'], filledShareMicros: 0n, filledNotionalMicros: 0n } as const;
    const one = attempt({ ...pending, vwapPriceMicros: null, dueAtMs: Date.UTC(2026, 10, 23, 10, 0, 7, 25) });
    const html = String(<AttemptsTable attempts={[one]} names={NAMES} />);
    expect(html).toContain('>Pending</span>');
    expect(html).toContain('due <time datetime="2026-11-23T10:00:07.025Z"');
    expect(html).toContain('Waits as long as a live order would take');
    expect(html).not.toContain('Not filled');
  });

  it('has its lag from the newest fill to the decision, without what waited by our own rule (A57)', () => {
    const times = {
      leaderEventAtMs: AT - 45_000,
      newestEventAtMs: AT - 36_000,
      newestDetectedAtMs: AT - 34_000,
    };
    const lagOf = (part: Partial<AttemptView>) =>
      /data-label="Lag"[^>]*>([^<]*)</.exec(
        String(<AttemptsTable attempts={[attempt({ ...times, decidedAtMs: AT, ...part })]} names={NAMES} />),
      )?.[1];
    expect(lagOf({ ownWaitMs: 33_000 })).toBe('3.0 s');
    const earlier = { newestEventAtMs: null, newestDetectedAtMs: null, ownWaitMs: null };
    expect(lagOf(earlier)).toBe('45.0 s');
  });

  it('names every clamp that changed its size', () => {
    const html = String(<AttemptsTable attempts={[attempt({ clamps: [...CLAMPS] })]} names={NAMES} />);
    for (const clamp of CLAMPS) expect(html).toContain(CLAMP_LABELS[clamp]);
  });

  it('counts slippage against us on both sides', () => {
    const worse = { referencePriceMicros: 420_000n, vwapPriceMicros: 430_000n };
    const buy = String(<AttemptsTable attempts={[attempt({ side: 'BUY', ...worse })]} names={NAMES} />);
    const sell = String(<AttemptsTable attempts={[attempt({ side: 'SELL', ...worse })]} names={NAMES} />);
    expect(buy).toContain('class="number">1¢<');
    expect(sell).toContain('class="number">-1¢<');
  });
});

describe('a chart', () => {
  const view = (values: readonly (bigint | null)[]) => ({
    id: 'chart',
    title: 'Equity',
    unit: 'usd' as const,
    timesMs: values.map((_, at) => 1_000 * (at + 1)),
    series: [{ label: 'Equity', colour: '--accent' as const, values }],
    empty: 'Too few points.',
  });
  const dataOf = (html: string) => {
    const text = /data-chart="([^"]*)"/.exec(html)?.[1] ?? '';
    return JSON.parse(text.replaceAll('&quot;', '"'));
  };

  it('hands its figures to the script as whole numbers, and what is unknown as nothing', () => {
    const html = String(<LineChart view={view([100_000_000n, null, 250_000_000n])} />);
    expect(dataOf(html)).toEqual({
      unit: 'usd',
      x: [1, 2, 3],
      series: [{ label: 'Equity', colour: '--accent', values: [100_000_000, null, 250_000_000] }],
    });
    expect(html).not.toContain('style=');
  });

  it('says the same in words and in a table, for readers without a script', () => {
    const html = String(<LineChart view={view([100_000_000n, null, 250_000_000n])} />);
    expect(html).toContain('Equity: $100.00 to $250.00');
    expect(html.match(/<td data-label="Equity" class="number">[^<]+<\/td>/g)).toHaveLength(3);
  });

  it('keeps its table short, and ends with the last value', () => {
    const html = String(
      <LineChart view={view(Array.from({ length: 200 }, (_, i) => BigInt(i) * 1_000_000n))} />,
    );
    expect(html.match(/<tr>/g)?.length).toBeLessThan(16);
    expect(html).toContain('>$199.00</td>');
  });

  it('says that it has too few points instead of drawing one', () => {
    expect(String(<LineChart view={view([1n])} />)).toContain('Too few points.');
  });
});

describe('the scripts that are served', () => {
  it.each([
    ['htmx.min.js', 'htmx.org/dist/htmx.min.js'],
    ['hx-sse.min.js', 'htmx.org/dist/ext/hx-sse.min.js'],
    ['uPlot.iife.min.js', 'uplot/dist/uPlot.iife.min.js'],
    ['uPlot.min.css', 'uplot/dist/uPlot.min.css'],
  ])('%s is the one of its package, byte for byte', (served, original) => {
    const digest = (path: string) =>
      createHash('sha256')
        .update(readFileSync(new URL(path, import.meta.url)))
        .digest('hex');
    expect(digest(`../../../views/assets/vendor/${served}`)).toBe(
      digest(`../../../node_modules/${original}`),
    );
  });
});
