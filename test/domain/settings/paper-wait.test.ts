/** How long a paper copy waits: the setting, else the measured median of enough orders, else the default (A55). */
import { expect, it } from 'vitest';
import {
  type AnswerTimes,
  answerTimesOf,
  DEFAULT_SUBMIT_MS,
  ORDERS_ENOUGH,
  paperWait,
} from '../../../domain/settings/paper-wait.ts';

const measured = (orders: number, medianMs: number | null = 240): AnswerTimes => ({ orders, medianMs });

it.each([
  ['the setting', 90, measured(100), { ms: 90, from: 'SETTING', orders: 100 }],
  ['the setting of zero', 0, null, { ms: 0, from: 'SETTING', orders: 0 }],
  ['enough orders', null, measured(ORDERS_ENOUGH), { ms: 240, from: 'MEASURED', orders: ORDERS_ENOUGH }],
  [
    'one order too few',
    null,
    measured(ORDERS_ENOUGH - 1),
    { ms: DEFAULT_SUBMIT_MS, from: 'DEFAULT', orders: 19 },
  ],
  ['a Wallet without orders', null, measured(0, null), { ms: DEFAULT_SUBMIT_MS, from: 'DEFAULT', orders: 0 }],
  ['a Wallet that did not answer yet', null, null, { ms: 150, from: 'DEFAULT', orders: 0 }],
] as const)('the wait by %s', (_what, set, live, expected) => {
  expect(paperWait(set, live)).toEqual(expected);
});

it.each([
  [[], null],
  [[7], 7],
  [[9, 100, 10], 10],
  [[1_000, 20, 9, 30], 30],
])('the median of %j is %s', (times, medianMs) => {
  expect(answerTimesOf(times)).toEqual({ orders: times.length, medianMs });
});
