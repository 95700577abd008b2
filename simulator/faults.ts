// Faults on purpose: frames that vanish, double, swap, break or stall, and REST calls that fail or wait.
// Every fault says how often it strikes, is counted, and never changes the exchange itself: only what a client is told.

import { json, type RestAnswer } from './http.ts';

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

export interface FaultSpec {
  channel: 'market' | 'rtds' | 'rest';
  kind: (typeof FRAME_FAULTS)[number] | (typeof REST_FAULTS)[number];
  /** How many frames or calls it strikes; null is until cleared. */
  count: number | null;
  /** REST: only paths that contain this. */
  path?: string;
  /** REST `status`: the HTTP status to answer. */
  status?: number;
  /** REST `delay`: how long the answer waits. */
  delayMs?: number;
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
  /** Sends a frame the way the faults in force let it through. */
  frame(channel: 'market' | 'rtds', text: string, send: (text: string) => void): void;
  /** The fault that strikes a call, or null. */
  rest(path: string): RestFault | null;
}

const FAULTS_MAX = 100;
const HUGE_FRAME_CHARS = 2_000_000;

/** No faults at first. */
export function createFaults(): Faults {
  let active: (FaultSpec & { struck: number })[] = [];
  const held: { text: string; send: (text: string) => void }[] = [];
  const strike = (matches: (spec: FaultSpec) => boolean): FaultSpec | null => {
    const found = active.find(
      (fault) => matches(fault) && (fault.count === null || fault.struck < fault.count),
    );
    if (found === undefined) return null;
    found.struck += 1;
    return found;
  };
  return {
    add: (spec) => {
      active = [
        ...active.filter((fault) => fault.count === null || fault.struck < fault.count),
        { ...spec, struck: 0 },
      ];
      active = active.slice(-FAULTS_MAX);
    },
    clear: () => {
      active = [];
    },
    list: () => active.map((fault) => ({ ...fault })),
    frame: (channel, text, send) => {
      const fault = strike((spec) => spec.channel === channel);
      const late = held.splice(0);
      if (fault === null) send(text);
      else if (fault.kind === 'reorder') held.push({ text, send });
      else for (const changed of spoil(fault.kind, text)) send(changed);
      for (const frame of late) frame.send(frame.text);
    },
    rest: (path) => {
      const fault = strike((spec) => spec.channel === 'rest' && path.includes(spec.path ?? ''));
      if (fault === null) return null;
      return {
        kind: fault.kind as RestFault['kind'],
        status: fault.status ?? 503,
        delayMs: fault.delayMs ?? 0,
      };
    },
  };
}

/** A fault from outside, or a sentence saying what is wrong with it. */
export function parseFault(value: unknown): FaultSpec | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'A fault is a JSON object.';
  const { channel, kind, count, path, status, delayMs } = value as Record<string, unknown>;
  if (channel !== 'market' && channel !== 'rtds' && channel !== 'rest') {
    return 'channel must be "market", "rtds" or "rest".';
  }
  const kinds: readonly string[] = channel === 'rest' ? REST_FAULTS : FRAME_FAULTS;
  if (typeof kind !== 'string' || !kinds.includes(kind)) return `kind must be one of ${kinds.join(', ')}.`;
  if (count !== undefined && count !== null && !isCount(count))
    return 'count must be a positive whole number or null.';
  if (path !== undefined && typeof path !== 'string') return 'path must be text.';
  if (status !== undefined && !(isCount(status) && status >= 400 && status <= 599))
    return 'status must be 400 to 599.';
  if (delayMs !== undefined && !(isCount(delayMs) && delayMs <= 120_000))
    return 'delayMs must be 1 to 120000.';
  return {
    channel,
    kind: kind as FaultSpec['kind'],
    count: count === undefined ? 1 : (count as number | null),
    ...(path === undefined ? {} : { path }),
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

/** The answer of a call that a `status` fault struck. */
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
