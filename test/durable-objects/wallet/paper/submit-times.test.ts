/** What the live Wallet says of its orders' times: asked now and then, and kept when it does not answer. */
import { beforeEach, expect, it } from 'vitest';
import type { AnswerTimes } from '../../../../domain/settings/paper-wait.ts';
import { SubmitTimes } from '../../../../durable-objects/wallet/paper/submit-times.ts';
import { MemoryPorts } from '../../memory-ports.ts';
import { walletStores } from '../stores.ts';

const AUTO = { paperSubmitMs: null };

let ports: MemoryPorts;
let asked: number;
let answers: () => Promise<AnswerTimes | null>;

beforeEach(() => {
  ports = new MemoryPorts();
  asked = 0;
  answers = async () => ({ orders: 40, medianMs: 320 });
});

function open(): SubmitTimes {
  const { kv } = walletStores('PAPER', ports);
  return new SubmitTimes(ports, kv, () => {
    asked += 1;
    return answers();
  });
}

it('is the default before the first answer, and then the median', async () => {
  const times = open();
  expect(times.now(AUTO)).toEqual({ ms: 150, from: 'DEFAULT', orders: 0 });
  await times.refresh();
  expect(times.now(AUTO)).toEqual({ ms: 320, from: 'MEASURED', orders: 40 });
  expect(times.now({ paperSubmitMs: 80 })).toMatchObject({ ms: 80, from: 'SETTING' });
});

it('is asked every ten minutes, and by each new instance, which still has the last answer', async () => {
  const times = open();
  await times.refresh();
  ports.atMs += 599_999;
  await times.refresh();
  expect(asked).toBe(1);
  ports.atMs += 1;
  await times.refresh();
  expect(asked).toBe(2);
  const next = open();
  expect(next.now(AUTO).ms).toBe(320);
  await next.refresh();
  expect(asked).toBe(3);
});

it.each([
  ['fails', async () => Promise.reject(new Error('no answer'))],
  ['has nothing to say', async () => null],
])('stays as it was when the live Wallet %s', async (_how, answer) => {
  const times = open();
  await times.refresh();
  answers = answer;
  ports.atMs += 600_000;
  await times.refresh();
  expect(times.now(AUTO)).toMatchObject({ ms: 320, from: 'MEASURED' });
});

it('stays as it was when the live Wallet does not answer within five seconds', async () => {
  const times = open();
  await times.refresh();
  answers = () => new Promise<never>(() => {});
  await ports.advance(600_000);
  const refreshed = times.refresh();
  await ports.advance(5_000);
  await refreshed;
  expect(times.now(AUTO)).toMatchObject({ ms: 320, from: 'MEASURED' });
});
