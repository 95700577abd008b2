// The grammar of CSV: fields in quotes, doubled quotes, line breaks within quotes. What the fields mean is in tape-csv.ts.
// Not a library: docs/decisions/2026-11-30-csv-of-recordings.md has the measurements.

/** One record and the line on which it begins, from 1. */
export interface CsvRecord {
  cells: string[];
  line: number;
}

export type CsvText =
  | { kind: 'records'; records: CsvRecord[] }
  /** A quote that opens in the record beginning on this line is never closed. */
  | { kind: 'unclosed-quote'; line: number };

/** Splits CSV into records; blank lines are left out. A quote inside an unquoted field is an ordinary character. */
export function csvRecords(text: string): CsvText {
  const records: CsvRecord[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const started = line;
    const cells: string[] = [];
    let ended = false;
    while (!ended) {
      let cell = '';
      if (text[at] === '"') {
        at += 1;
        for (;;) {
          const quote = text.indexOf('"', at);
          if (quote === -1) return { kind: 'unclosed-quote', line: started };
          cell += text.slice(at, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at += 1;
        }
        line += cell.split('\n').length - 1;
      }
      const from = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\n') at += 1;
      cells.push(cell + text.slice(from, at).replace(/\r$/, ''));
      ended = at >= text.length || text[at] === '\n';
      at += 1;
    }
    line += 1;
    if (cells.length > 1 || cells[0]!.trim() !== '') records.push({ cells, line: started });
  }
  return { kind: 'records', records };
}
