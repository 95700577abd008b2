/**
 * The tables that a person can take out, and which words of a page's address narrow each. The routes refuse any other
 * word, since an export without a filter that was set would return too much; the pages link only what is here.
 */

export const EXPORTS = [
  'leader-trades',
  'attempts',
  'fills',
  'ledger',
  'snapshots',
  'live-orders',
  'live-fills',
  'venue-positions',
  'differences',
  'divergence',
  'positions',
  'users',
  'audit',
  'quarantine',
  'activities',
  'markets',
  'statistics',
  'removed',
] as const;
export type ExportName = (typeof EXPORTS)[number];

/** The filters of the pages, and `closed`: '1' also positions that are closed, '0' open ones alone. */
export const EXPORT_FILTER_WORDS = [
  'leader',
  'decision',
  'reason',
  'source',
  'market',
  'from',
  'to',
  'state',
  'kind',
  'origin',
  'closed',
] as const;
export type ExportFilterWord = (typeof EXPORT_FILTER_WORDS)[number];

/** What narrows each export. The mode, PAPER or LIVE, is no filter: every export takes it, and one that has none ignores it. */
export const EXPORT_FILTERS = {
  'leader-trades': ['leader', 'market', 'from', 'to'],
  attempts: ['leader', 'decision', 'reason', 'source', 'market', 'from', 'to'],
  fills: ['leader', 'market', 'from', 'to'],
  ledger: ['leader', 'market', 'from', 'to'],
  snapshots: ['leader', 'from', 'to'],
  'live-orders': ['leader', 'market', 'from', 'to', 'state', 'kind'],
  'live-fills': ['leader', 'market', 'from', 'to', 'origin'],
  'venue-positions': ['market', 'closed'],
  differences: ['from', 'to'],
  divergence: ['leader', 'from', 'to'],
  positions: ['leader', 'market', 'closed'],
  users: [],
  audit: ['from', 'to'],
  quarantine: ['from', 'to'],
  activities: ['leader', 'market', 'from', 'to'],
  markets: ['market'],
  statistics: ['leader', 'from', 'to'],
  removed: ['leader', 'from', 'to'],
} as const satisfies Record<ExportName, readonly ExportFilterWord[]>;

/** Rows of one page, which is what a program asks for with `limit` and `after`. */
export const EXPORT_ROWS_MAX = 1_000;

/**
 * Rows of one file: one query of D1 for each page of 1,000, of the 50 that one request may make on the Free plan
 * (cloudflare-platform.md 2.1). What is longer comes in parts.
 */
export const EXPORT_FILE_ROWS_MAX = 40_000;
