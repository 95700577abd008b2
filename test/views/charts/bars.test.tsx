/** Bar lists: the numbers as a table without the picture, bars in proportion to them, and labels that are only text. */
import { describe, expect, it } from 'vitest';
import { REASON_CODES } from '../../../domain/decide/reasons.ts';
import { contributionOf, EMPTY_STATS, summed } from '../../../domain/records/copy-stats.ts';
import { Bars } from '../../../views/charts/bars.tsx';
import { REASON_LABELS } from '../../../views/words/labels.ts';
import { lagBars, reasonBars, slippageBars } from '../../../views/words/stats-labels.ts';
import { attempt } from '../../ledger/records.ts';

const ROWS = [
  { label: 'Under 1 s', count: 1_500 },
  { label: '1 to 3 s', count: 500 },
  { label: '3 to 5 s', count: 0 },
];

function shown(rows: typeof ROWS): string {
  return String(<Bars title="Detection lag" rows={rows} empty="Nothing was seen yet." />);
}

/** The widths of the bars, in the order in which they stand. */
const widths = (html: string): string[] =>
  [...html.matchAll(/class="bars-bar" width="([^"]*)"/g)].map((match) => match[1]!);

describe('a bar list', () => {
  it('is a table with a title, a label and a number in every row', () => {
    const html = shown(ROWS);
    expect(html).toContain('<caption class="bars-title">Detection lag</caption>');
    expect(html.match(/<th scope="row"/g)).toHaveLength(3);
    expect([...html.matchAll(/class="bars-count">([^<]*)</g)].map((match) => match[1])).toEqual([
      '1,500',
      '500',
      '0',
    ]);
    expect(html.match(/aria-hidden="true"/g)).toHaveLength(3);
  });

  it('has bars in proportion to the largest count', () => {
    expect(widths(shown(ROWS))).toEqual(['100', '33.33', '0']);
    expect(widths(shown([{ label: 'one', count: 1 }]))).toEqual(['100']);
  });

  it.each([[[]], [[{ label: 'Under 1 s', count: 0 }]]])('says so while there is nothing to count', (rows) => {
    const html = shown(rows);
    expect(html).toContain('Detection lag');
    expect(html).toContain('Nothing was seen yet.');
    expect(html).not.toContain('<table');
  });

  it('takes labels as text, and needs nothing that the CSP refuses', () => {
    const html = shown([{ label: '<img src=x onerror=alert(1)>', count: 1 }]);
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/ style=|<style|<script/);
  });
});

describe('the lines of a bar list', () => {
  it('put a slippage and a lag under the words that say where they are', () => {
    const stats = summed([
      contributionOf(attempt({ vwapPriceMicros: 425_000n, decidedAtMs: attempt().leaderEventAtMs + 4_000 })),
      contributionOf(
        attempt({ vwapPriceMicros: 417_500n, detectedAtMs: attempt().leaderEventAtMs + 60_000 }),
      ),
    ]);
    const named = (rows: typeof ROWS) => rows.filter((row) => row.count > 0).map((row) => row.label);
    expect(named([...slippageBars(stats)])).toEqual(['Up to 0.5¢ better', '0.5¢ to 1¢ worse']);
    expect(named([...lagBars(stats.detectionLag)])).toEqual(['Under 1 s', '20 s or more']);
    expect(named([...lagBars(stats.copyLag)])).toEqual(['Under 1 s', '3 to 5 s']);
  });

  it('name the most frequent reasons and count the others together', () => {
    const reasons = Object.fromEntries(REASON_CODES.slice(0, 9).map((reason, index) => [reason, index + 1]));
    const rows = reasonBars(reasons);
    expect(rows.map((row) => row.count)).toEqual([9, 8, 7, 6, 5, 4, 3 + 2 + 1]);
    expect(rows[0]?.label).toBe(REASON_LABELS[REASON_CODES[8]!]);
    expect(rows.at(-1)?.label).toBe('3 other reasons');
  });

  it('name every reason while one line more is enough, and none that never stood', () => {
    const seven = Object.fromEntries(REASON_CODES.slice(0, 7).map((reason) => [reason, 2]));
    expect(reasonBars(seven).map((row) => row.count)).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect(reasonBars(EMPTY_STATS.reasons)).toEqual([]);
  });
});
