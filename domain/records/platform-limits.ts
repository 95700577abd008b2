/**
 * Limits of the platform as its errors name them: what is used up, so that the pages can say what to do. Errors cross from object
 * to object and to the Worker as text.
 */

export const PLATFORM_LIMITS = [
  'OBJECT_STORAGE',
  'OBJECT_ROWS_WRITTEN',
  'OBJECT_ROWS_READ',
  'OBJECT_DURATION',
  'OBJECT_REQUESTS',
  'SPENDING',
  'D1_STORAGE',
  'D1_ROWS_WRITTEN',
  'D1_ROWS_READ',
] as const;
export type PlatformLimit = (typeof PLATFORM_LIMITS)[number];

/** A limit that keeps an object from storing; it works on as soon as a write succeeds. */
export interface LimitReached {
  readonly limit: PlatformLimit;
  readonly sinceAtMs: number;
}

/** The first that fits. */
const SIGNS: readonly (readonly [RegExp, PlatformLimit])[] = [
  [/SQLITE_FULL|database or disk is full/i, 'OBJECT_STORAGE'],
  [/maximum (DB|database|account storage)/i, 'D1_STORAGE'],
  [/D1.*(row|daily).*(written|write)/i, 'D1_ROWS_WRITTEN'],
  [/D1.*(row|daily).*read/i, 'D1_ROWS_READ'],
  [/spending cap/i, 'SPENDING'],
  [/exceeded.*rows? (written|write).*(free tier|daily)/i, 'OBJECT_ROWS_WRITTEN'],
  [/exceeded.*rows? read.*(free tier|daily)/i, 'OBJECT_ROWS_READ'],
  [/exceeded.*duration.*(free tier|daily)/i, 'OBJECT_DURATION'],
  [/exceeded.*requests?.*(free tier|daily)/i, 'OBJECT_REQUESTS'],
  [/exceeded.*storage.*(free tier|daily)/i, 'OBJECT_STORAGE'],
];

/** The limit that the text of an error names; undefined for any other error. A full D1 says SQLITE_FULL as well. */
export function limitIn(text: string): PlatformLimit | undefined {
  const named = PLATFORM_LIMITS.find((limit) => text.includes(`(${limit})`));
  if (named !== undefined) return named;
  const found = SIGNS.find(([sign]) => sign.test(text))?.[1];
  return found === 'OBJECT_STORAGE' && /\bD1_ERROR\b/.test(text) ? 'D1_STORAGE' : found;
}

/** Whether it begins again at midnight UTC. */
export function isDaily(limit: PlatformLimit): boolean {
  return limit !== 'OBJECT_STORAGE' && limit !== 'D1_STORAGE' && limit !== 'SPENDING';
}
