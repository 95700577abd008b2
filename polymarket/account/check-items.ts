/** One item of the live check in each of its states. */
import type { CheckItem } from '../../domain/orders/orders.ts';

export const ready = (name: CheckItem['name'], sentence: string): CheckItem => ({
  name,
  state: 'READY',
  sentence,
});
export const notReady = (name: CheckItem['name'], sentence: string): CheckItem => ({
  name,
  state: 'NOT_READY',
  sentence,
});
export const unsure = (name: CheckItem['name'], sentence: string): CheckItem => ({
  name,
  state: 'UNKNOWN',
  sentence,
});
