/** What it means that a limit of the platform is reached, and what to do. */
import { isDaily, type PlatformLimit } from '../../domain/records/platform-limits.ts';

const LIMIT_LABELS = {
  OBJECT_STORAGE: 'The storage of the objects is full',
  OBJECT_ROWS_WRITTEN: 'The object rows that may be written today are used up',
  OBJECT_ROWS_READ: 'The object rows that may be read today are used up',
  OBJECT_DURATION: 'The object duration of today is used up',
  OBJECT_REQUESTS: 'The object requests of today are used up',
  SPENDING: 'The spending limit of the account is reached',
  D1_STORAGE: 'The database (D1) is full',
  D1_ROWS_WRITTEN: 'The D1 rows that may be written today are used up',
  D1_ROWS_READ: 'The D1 rows that may be read today are used up',
} as const satisfies Record<PlatformLimit, string>;

/** Which meter it is, what goes on meanwhile, and the way out. */
export function limitInWords(limit: PlatformLimit): string {
  return `${LIMIT_LABELS[limit]}. ${meanwhile(limit)} ${wayOut(limit)}`;
}

function meanwhile(limit: PlatformLimit): string {
  return limit.startsWith('D1')
    ? 'Trading goes on; rows wait in the objects.'
    : 'Nothing is bought, and no order leaves that cannot be stored; OFF works.';
}

function wayOut(limit: PlatformLimit): string {
  if (isDaily(limit)) return 'It begins again at midnight UTC; the Paid plan has no such stop.';
  if (limit === 'SPENDING') return 'Raise the limit in the account at Cloudflare.';
  return limit === 'D1_STORAGE'
    ? 'Export what you want to keep, then shorten how long rows are kept on Config, or take the Paid plan.'
    : 'Take the Paid plan, or remove leaders whose objects are large.';
}
