/** The way out of a table: what is shown, in the filter shown, whole, as CSV and as JSON. */

import type { TradingMode } from '../../domain/ids.ts';
import { EXPORT_FILTERS, type ExportName } from '../../domain/records/exports.ts';
import { addressOf, type FilterValues } from './filters.tsx';

/**
 * Two links with the filters of the page that this export has; what else stands in the page's address narrows nothing
 * there either. `what` names the table where a page has more than one.
 */
export function ExportLinks(props: {
  readonly name: ExportName;
  readonly filters?: FilterValues;
  readonly mode?: TradingMode;
  readonly what?: string;
}) {
  const { name, filters = {}, mode, what } = props;
  const has: readonly string[] = EXPORT_FILTERS[name];
  const own = Object.entries(filters).filter(([word]) => has.includes(word));
  const query: FilterValues = Object.fromEntries(mode === undefined ? own : [['mode', mode], ...own]);
  const words = what ?? 'what is shown';
  return (
    <p>
      Export {words}:{' '}
      <a href={addressOf(`/export/${name}.csv`, query)} download aria-label={`CSV: ${words}`}>
        CSV
      </a>{' '}
      ·{' '}
      <a href={addressOf(`/export/${name}.json`, query)} download aria-label={`JSON: ${words}`}>
        JSON
      </a>
    </p>
  );
}
