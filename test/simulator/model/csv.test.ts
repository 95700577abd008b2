// The CSV grammar of recordings: quotes, line breaks, blank lines, and the line on which a record begins.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../../simulator/model/csv.ts';

function cellsOf(text: string): string[][] {
  const csv = csvRecords(text);
  if (csv.kind !== 'records') throw new Error(csv.kind);
  return csv.records.map(({ cells }) => cells);
}
const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe('a CSV text', () => {
  it.each([
    ['nothing', '', []],
    ['blank lines', '\n \n\r\n', []],
    ['a byte order mark', '\ufeffa,b', [['a', 'b']]],
    [
      'Windows line ends',
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'empty fields',
      ',\n,,',
      [
        ['', ''],
        ['', '', ''],
      ],
    ],
    ['a doubled quote', '"say ""yes""",x', [['say "yes"', 'x']]],
    [
      'a line break in quotes',
      '"a\nb",c\nd,e',
      [
        ['a\nb', 'c'],
        ['d', 'e'],
      ],
    ],
    ['a quote inside a field', 'a"b,c', [['a"b', 'c']]],
    ['text after a closing quote', '"a"b,c', [['ab', 'c']]],
  ])('with %s is split into its fields', (_what, text, expected) => {
    expect(cellsOf(text)).toEqual(expected);
  });

  it('gives any fields back that were quoted', () => {
    const rows = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (table) => {
        const text = table.map((cells) => cells.map(quoted).join(',')).join('\n');
        expect(cellsOf(text)).toEqual(table);
      }),
    );
  });

  it('names the line on which each record begins, or on which a quote stays open', () => {
    const csv = csvRecords('a,b\n\n"x\ny\nz",1\nc,d\n');
    expect(csv.kind === 'records' && csv.records.map(({ line }) => line)).toEqual([1, 3, 6]);
    expect(csvRecords('a,b\n"x\ny",2\n1,"open')).toEqual({ kind: 'unclosed-quote', line: 4 });
  });
});
