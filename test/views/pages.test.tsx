import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLAMPS, REASON_CODES } from '../../domain/reasons.ts';
import { EquityCurve } from '../../views/fragments/curve.tsx';
import { PortfolioTiles } from '../../views/fragments/tiles.tsx';
import { AttemptsTable, FillsTable } from '../../views/fragments/trade-tables.tsx';
import { CLAMP_LABELS, REASON_LABELS } from '../../views/labels.ts';
import type { Names } from '../../views/models.ts';
import { PaperPortfolioLive } from '../../views/pages/paper-portfolio.tsx';
import { attempt, leaderFill, position, snapshot } from '../ledger/records.ts';

const NAMES: Names = { leaders: new Map(), markets: new Map() };

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
      <PortfolioTiles snapshot={snapshot()} />,
      <PaperPortfolioLive
        view={{ snapshot: snapshot(), curve: [], positions: [position()], positionsCut: false, names: NAMES }}
      />,
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

describe('the equity curve', () => {
  it('runs from left to right and from low to high, with attributes only', () => {
    const points = [100n, 300n, 200n].map((equityMicros, i) =>
      snapshot({ equityMicros, bucketAtMs: 1_000 + i * 1_000 }),
    );
    const html = String(<EquityCurve points={points} />);
    expect(html).toContain('d="M6.0 184L480.0 6L954.0 95"');
    expect(html).not.toContain('style=');
  });

  it('is a level line when nothing changed, and words before the second point', () => {
    const flat = [1, 2].map((at) => snapshot({ bucketAtMs: at }));
    expect(String(<EquityCurve points={flat} />)).toContain('M6.0 95L954.0 95');
    expect(String(<EquityCurve points={flat.slice(1)} />)).toContain('second minute');
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
    expect(digest(`../../views/assets/vendor/${served}`)).toBe(digest(`../../node_modules/${original}`));
  });
});
