// Faults on request: frames that are dropped, doubled, swapped, damaged or delayed, and REST calls that fail or wait.
// A fault applies a set number of times, is counted, and never changes the exchange, only what a client receives.

import { fieldsOf } from '../model/json.ts';
import { json, type RestAnswer } from '../wire/http.ts';

export const FRAME_FAULTS = [
  'drop',
  'duplicate',
  'reorder',
  'malformed',
  'truncate',
  'huge',
  'silent',
] as const;
export const REST_FAULTS = ['status', 'delay', 'html', 'truncate', 'malformed'] as const;
/** Faults of POST /order and /orders; see trading-faults.ts. */
export const ORDER_FAULTS = [
  'region',
  'egress',
  'rate-limited',
  'restart',
  'disabled',
  'cancel-only',
  'post-only',
  'no-balance',
  'no-match',
  'fail-before',
  'html',
  'accept-then-drop',
  'answer-late',
  'fail-after',
  'html-after',
  'empty',
  'wrong-id',
  'unknown-status',
  'duplicate',
  'arrive-late',
] as const;
/** Faults of the trades of the next match. */
export const TRADE_FAULTS = ['matched-then-failed', 'retried', 'retried-then-failed'] as const;
/** The cache of balances is not updated until /balance-allowance/update is called. */
export const BALANCE_FAULTS = ['lag'] as const;
/** Reads of own orders and trades: ended ones are left out, or those younger than `delayMs`. */
export const READ_FAULTS = ['ended-hidden', 'late'] as const;
/** Closes the socket instead of sending a frame. */
const SOCKET_FAULTS = ['disconnect'] as const;

export type FrameChannel = 'market' | 'rtds' | 'user';

const KINDS = {
  market: FRAME_FAULTS,
  rtds: FRAME_FAULTS,
  user: [...FRAME_FAULTS, ...SOCKET_FAULTS],
  rest: REST_FAULTS,
  order: [...ORDER_FAULTS, ...TRADE_FAULTS],
  balance: BALANCE_FAULTS,
  reads: READ_FAULTS,
} as const;

export type FaultChannel = keyof typeof KINDS;
export type OrderFaultKind = (typeof ORDER_FAULTS)[number];
export type TradeFaultKind = (typeof TRADE_FAULTS)[number];

export interface FaultSpec {
  channel: FaultChannel;
  kind: (typeof KINDS)[FaultChannel][number];
  /** How many frames or calls it applies to; null until it is cleared. */
  count: number | null;
  /** REST: only paths that contain this. */
  path?: string;
  /** REST: only this method, in capitals. */
  method?: string;
  /** REST `status`, orders `fail-before` and `fail-after`: the HTTP status to answer. */
  status?: number;
  /** REST `delay`, orders `answer-late` and `arrive-late`, reads `late`: how long it takes. */
  delayMs?: number;
  /** Orders `restart`, `post-only` and `rate-limited`: the Retry-After header, in seconds. */
  retryAfterS?: number;
}

export interface OrderFault {
  kind: OrderFaultKind;
  status: number;
  delayMs: number;
  retryAfterS: number | null;
}

export interface RestFault {
  kind: (typeof REST_FAULTS)[number];
  status: number;
  delayMs: number;
}

export interface Faults {
  add(spec: FaultSpec): void;
  clear(): void;
  list(): (FaultSpec & { struck: number })[];
  /** Sends a frame as the active faults let it through. */
  frame(channel: FrameChannel, text: string, send: (text: string) => void, hangUp?: () => void): void;
  /** The fault for a call, or null. */
  rest(path: string, method?: string): RestFault | null;
  /** The fault for an order or its answer, or null; post-only does not apply to orders that do not take. */
  order(takes: boolean): OrderFault | null;
  /** The fault for the trades of a match, or null. */
  trade(): TradeFaultKind | null;
  /** Whether the cache of balances is frozen; `heal` counts one use. */
  balanceLag(heal?: 'heal'): boolean;
  /** The fault for a read of own orders or trades; each read counts one use. */
  reads(): { endedHidden: boolean; lateMs: number };
}

const FAULTS_MAX = 100;
const HUGE_FRAME_CHARS = 2_000_000;

/** Starts without faults. */
export function createFaults(): Faults {
  let active: (FaultSpec & { struck: number })[] = [];
  const held: Record<FrameChannel, { text: string; send: (text: string) => void }[]> = {
    market: [],
    rtds: [],
    user: [],
  };
  const inForce = (fault: FaultSpec & { struck: number }): boolean =>
    fault.count === null || fault.struck < fault.count;
  const strike: Strike = (matches) => {
    const found = active.find((fault) => matches(fault) && inForce(fault));
    if (found === undefined) return null;
    found.struck += 1;
    return found;
  };
  return {
    add: (spec) => {
      active = [...active.filter(inForce), { ...spec, struck: 0 }];
      active = active.slice(-FAULTS_MAX);
    },
    clear: () => {
      active = [];
    },
    list: () => active.map((fault) => ({ ...fault })),
    frame: (channel, text, send, hangUp = () => {}) => {
      const fault = strike((spec) => spec.channel === channel);
      const late = held[channel].splice(0);
      if (fault === null) send(text);
      else if (fault.kind === 'disconnect') hangUp();
      else if (fault.kind === 'reorder') held[channel].push({ text, send });
      else for (const changed of spoil(fault.kind, text)) send(changed);
      for (const frame of late) frame.send(frame.text);
    },
    rest: (path, method) => {
      const fault = strike(
        (spec) =>
          spec.channel === 'rest' &&
          path.includes(spec.path ?? '') &&
          (spec.method === undefined || spec.method === method),
      );
      if (fault === null) return null;
      // Safe cast: `parseFault` gives the channel only its own kinds.
      return {
        kind: fault.kind as RestFault['kind'],
        status: fault.status ?? 503,
        delayMs: fault.delayMs ?? 0,
      };
    },
    ...tradingFaults(strike, () => active.some((fault) => fault.channel === 'balance' && inForce(fault))),
  };
}

/** Uses the first active fault that fits, if any. */
type Strike = (matches: (spec: FaultSpec) => boolean) => FaultSpec | null;

function tradingFaults(
  strike: Strike,
  lags: () => boolean,
): Pick<Faults, 'order' | 'trade' | 'balanceLag' | 'reads'> {
  return {
    order: (takes) => {
      const fault = strike(
        (spec) => spec.channel === 'order' && isOrderFault(spec.kind) && (takes || spec.kind !== 'post-only'),
      );
      if (fault === null) return null;
      // Safe cast: `isOrderFault` is true of it.
      return {
        kind: fault.kind as OrderFaultKind,
        status: fault.status ?? 500,
        delayMs: fault.delayMs ?? 0,
        retryAfterS: fault.retryAfterS ?? null,
      };
    },
    trade: () => {
      const fault = strike((spec) => spec.channel === 'order' && !isOrderFault(spec.kind));
      // Safe cast: the channel's other kinds are those of trades.
      return fault === null ? null : (fault.kind as TradeFaultKind);
    },
    balanceLag: (heal) => {
      if (heal === 'heal') return strike((spec) => spec.channel === 'balance') !== null;
      return lags();
    },
    reads: () => {
      const hidden = strike((spec) => spec.channel === 'reads' && spec.kind === 'ended-hidden');
      const late = strike((spec) => spec.channel === 'reads' && spec.kind === 'late');
      return { endedHidden: hidden !== null, lateMs: late?.delayMs ?? 0 };
    },
  };
}

function isOrderFault(kind: string): boolean {
  return (ORDER_FAULTS as readonly string[]).includes(kind);
}

/** A fault parsed from input, or a sentence that says what is wrong with it. */
export function parseFault(value: unknown): FaultSpec | string {
  const fields = fieldsOf(value);
  if (fields === null) return 'A fault is a JSON object.';
  const { channel, kind, count, path, method, status, delayMs, retryAfterS } = fields;
  if (typeof channel !== 'string' || !Object.hasOwn(KINDS, channel)) {
    return `channel must be one of ${Object.keys(KINDS).join(', ')}.`;
  }
  const kinds: readonly string[] = KINDS[channel as FaultChannel];
  if (typeof kind !== 'string' || !kinds.includes(kind)) return `kind must be one of ${kinds.join(', ')}.`;
  if (count !== undefined && count !== null && !isCount(count))
    return 'count must be a positive whole number or null.';
  if (path !== undefined && typeof path !== 'string') return 'path must be text.';
  if (method !== undefined && typeof method !== 'string') return 'method must be text.';
  if (retryAfterS !== undefined && !(isCount(retryAfterS) && retryAfterS <= 600))
    return 'retryAfterS must be 1 to 600.';
  if (status !== undefined && !(isCount(status) && status >= 400 && status <= 599))
    return 'status must be 400 to 599.';
  if (delayMs !== undefined && !(isCount(delayMs) && delayMs <= 120_000))
    return 'delayMs must be 1 to 120000.';
  // The casts are safe: channel, kind and count were checked above.
  return {
    channel: channel as FaultChannel,
    kind: kind as FaultSpec['kind'],
    count: count === undefined ? 1 : (count as number | null),
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { method }),
    ...(retryAfterS === undefined ? {} : { retryAfterS: retryAfterS as number }),
    ...(status === undefined ? {} : { status: status as number }),
    ...(delayMs === undefined ? {} : { delayMs: delayMs as number }),
  };
}

function spoil(kind: FaultSpec['kind'], text: string): string[] {
  switch (kind) {
    case 'drop':
    case 'silent':
      return [];
    case 'duplicate':
      return [text, text];
    case 'truncate':
      return [text.slice(0, Math.floor(text.length / 2))];
    case 'malformed':
      return [text.replaceAll('"size"', '"size":null,"sise"').replaceAll('"price"', '"price":{},"prise"')];
    case 'huge':
      return [`${text.slice(0, -1)},"padding":"${'x'.repeat(HUGE_FRAME_CHARS)}"${text.slice(-1)}`];
    default:
      return [text];
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** The answer of a `status` fault. */
export function failedAnswer(fault: RestFault): RestAnswer {
  const answer = json(fault.status, {
    error: 'a fault was asked for',
    code: 'practice_fault',
    retryable: fault.status >= 500,
  });
  if (fault.status === 429) answer.headers['retry-after'] = '1';
  return fault.delayMs > 0 ? { ...answer, delayMs: fault.delayMs } : answer;
}

/** An answer as the other REST faults let it through. */
export function spoiledAnswer(answer: RestAnswer, fault: RestFault): RestAnswer {
  switch (fault.kind) {
    case 'delay':
      return { ...answer, delayMs: fault.delayMs };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Attention required</body></html>',
      };
    case 'truncate':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
    case 'malformed':
      return { ...answer, body: answer.body.replaceAll('"size"', '"sise"').replaceAll('"data"', '"date"') };
    default:
      return answer;
  }
}
