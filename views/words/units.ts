/** The units in which settings are shown. They differ from the stored ones only by a power of ten, so nothing is ever rounded. */

/** Digits between the stored integer and the shown unit. */
export const UNIT_DIGITS = {
  usd: 6,
  percent: 2,
  cents: 4,
  times: 4,
  seconds: 3,
  milliseconds: 0,
  minutes: 0,
  wholeSeconds: 0,
  perSecond: 0,
  days: 0,
} as const;
export type Unit = keyof typeof UNIT_DIGITS;
export const UNIT_LABELS = {
  usd: 'USD',
  percent: '%',
  cents: '¢',
  times: '×',
  seconds: 's',
  milliseconds: 'ms',
  minutes: 'min',
  wholeSeconds: 's',
  perSecond: 'per second',
  days: 'days',
} as const satisfies Record<Unit, string>;
