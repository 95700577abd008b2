import { describe, expect, it } from 'vitest';
import { limitIn } from '../../../domain/records/platform-limits.ts';

describe('an error of the platform', () => {
  it.each([
    ['Error: database or disk is full: SQLITE_FULL', 'OBJECT_STORAGE'],
    ['Error: Exceeded allowed rows written in Durable Objects free tier.', 'OBJECT_ROWS_WRITTEN'],
    ['Error: Exceeded allowed rows read in Durable Objects free tier.', 'OBJECT_ROWS_READ'],
    ['Error: Exceeded allowed duration in Durable Objects free tier.', 'OBJECT_DURATION'],
    ['Error: Exceeded allowed volume of requests in Durable Objects free tier.', 'OBJECT_REQUESTS'],
    ["Error: Exceeded the account's spending cap for Durable Objects", 'SPENDING'],
    ['Error: D1_ERROR: Exceeded maximum DB size', 'D1_STORAGE'],
    ['Error: D1_ERROR: Exceeded maximum account storage limit', 'D1_STORAGE'],
    ['Error: D1_ERROR: database or disk is full: SQLITE_FULL', 'D1_STORAGE'],
    ["Error: D1_ERROR: You have exceeded D1's daily row write limit on the free tier", 'D1_ROWS_WRITTEN'],
    ["Error: D1_ERROR: You have exceeded D1's daily row read limit on the free tier", 'D1_ROWS_READ'],
    ['StorageLimitError: nothing is bought while nothing can be stored (OBJECT_STORAGE)', 'OBJECT_STORAGE'],
    ['Error: D1_ERROR: Network connection lost.', undefined],
    ['SqliteError: constraint failed', undefined],
  ] as const)('%s names %s', (text, limit) => {
    expect(limitIn(text)).toBe(limit);
  });
});
