/** The app in plain Node: D1 over node:sqlite, objects that record every call, a clock that moves only when a test says so. */

import { expect } from 'vitest';
import type { TradingMode } from '../../domain/ids.ts';
import type { Book } from '../../domain/market/book.ts';
import { cash } from '../../domain/money.ts';
import type { CheckItem } from '../../domain/orders/orders.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import type { FeedStatus, WalletPortfolio, WalletStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { CloseCommand, CloseResult, ExitCommandResult, PeakReset } from '../../durable-objects/rpc.ts';
import { createApp } from '../../worker/app.tsx';
import type { Env } from '../../worker/env.ts';
import type { AppPorts, ProfileAnswer, ProfilesAnswer } from '../../worker/ports.ts';
import { type FakeD1, openD1 } from '../ledger/d1-over-sqlite.ts';
import { AT, LEADER } from '../ledger/records.ts';
import { writeRows } from '../ledger/write-rows.ts';
import { type Change, changed, FEED, LIVE_WALLET, PAPER_WALLET, USER } from './statuses.ts';

export const ORIGIN = 'http://localhost:8787';
export const PASSWORD = 'correct horse battery staple';
/** A check that finds nothing wrong. */
export const GREEN: readonly CheckItem[] = [
  { name: 'key', state: 'READY', sentence: 'The key is there.' },
  { name: 'region', state: 'READY', sentence: 'The venue takes orders from here.' },
];

export interface Call {
  readonly object: string;
  readonly call: string;
  readonly value: unknown;
}

export interface Harness {
  readonly fake: FakeD1;
  readonly env: Env;
  readonly calls: Call[];
  /** Names of objects that do not answer. */
  readonly silent: Set<string>;
  /** Names of objects whose answers never come. */
  readonly hanging: Set<string>;
  nowMs: number;
  cashAnswer: { kind: 'booked' | 'already-booked' } | { kind: 'refused'; reason: string };
  profile: ProfileAnswer;
  profiles: ProfilesAnswer;
  accessKeys: AppPorts['accessKeys'];
  /** What the live Wallet answers to a switch, and what it reports besides the ordinary facts. */
  liveAnswer: { kind: 'done'; notStored?: string } | { kind: 'refused'; reason: string };
  inFlight: string[];
  canceling: string[];
  /** What the Wallets answer to a sale by hand, and to a command about owed exits. */
  closeAnswer: CloseResult | ((command: CloseCommand) => CloseResult);
  exitAnswer: ExitCommandResult;
  peakAnswer: PeakReset;
  /** What the Wallets report of this moment; one that is not named does not answer, so that pages take what D1 has. */
  worth: Partial<Record<TradingMode, WalletPortfolio>>;
  /** What the check finds; all is well unless said. */
  checks: readonly CheckItem[];
  /** Runs while the check is made. */
  whileChecking: (() => Promise<void>) | undefined;
  /** The release that the objects run. */
  release: string;
  /** Whether LeaderFeed allows one more try of the password. */
  feedAllows: boolean;
  /** What the feed answers to a look at books; none is known unless a test says so. */
  books: readonly (Book | null)[] | undefined;
  liveStatus: Change<WalletStatus>;
  feedStatus: Change<FeedStatus>;
  paperStatus: Change<WalletStatus>;
  /** Lines that the feed reports, one for each leader. */
  sweeps: readonly string[];
  /** Every route of the app, so that a test can go through all. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Signed in, unless a test says otherwise. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Without a cookie. */
  request(path: string, init?: RequestInit): Promise<Response>;
  signIn(): Promise<void>;
}

export function harness(variables: Partial<Env> = {}): Harness {
  const fake = openD1();
  const calls: Call[] = [];
  const silent = new Set<string>();
  const hanging = new Set<string>();
  let ids = 0;
  let cookie = '';
  const ports: AppPorts = {
    nowMs: () => self.nowMs,
    newId: () => {
      ids += 1;
      return `command-${ids}`;
    },
    findProfile: async () => self.profile,
    searchProfiles: async () => self.profiles,
    accessKeys: (teamOrigin) => self.accessKeys(teamOrigin),
  };
  const app = createApp(ports);
  const namespace = (kind: string) => ({ getByName: (name: string) => stub(`${kind}:${name}`) });
  const stub = (object: string) => {
    const record = async <T>(call: string, value: unknown, answer: T): Promise<T> => {
      if (silent.has(object)) throw new Error('no answer');
      calls.push({ object, call, value });
      return hanging.has(object) ? new Promise<never>(() => {}) : answer;
    };
    const status = () => {
      if (object === 'feed:feed') return { ...changed(FEED, self.feedStatus), sweeps: self.sweeps };
      if (object === 'wallet:live') return changed(LIVE_WALLET, self.liveStatus);
      return object === 'wallet:paper' ? changed(PAPER_WALLET, self.paperStatus) : USER;
    };
    const acknowledge = (state?: string) =>
      self.liveAnswer.kind === 'refused'
        ? self.liveAnswer
        : { ...self.liveAnswer, state, inFlightOrderIds: self.inFlight, cancelingOrderIds: self.canceling };
    return {
      fetch: () =>
        record('fetch', null, new Response('', { headers: { 'content-type': 'text/event-stream' } })),
      ensureRunning: () => record('ensureRunning', null, undefined),
      // Each isolate's own count is what these tests look at; another test takes LeaderFeed's.
      allowsTry: (client: string, isKnown: boolean) =>
        record('allowsTry', [client, isKnown], self.feedAllows),
      trySucceeded: (client: string, isKnown: boolean) =>
        record('trySucceeded', [client, isKnown], undefined),
      release: () => record('release', null, self.release),
      applyControl: (control: Control) => record('applyControl', control.version, undefined),
      status: () => record('status', null, status()),
      moveCash: (move: unknown) => record('moveCash', move, self.cashAnswer),
      setLive: (command: { state: string }) => record('setLive', command.state, acknowledge(command.state)),
      setUserLive: (command: { override: string }) =>
        record('setUserLive', command.override, acknowledge(undefined)),
      setEntries: (command: unknown) => record('setEntries', command, acknowledge('ON')),
      liveCheck: async () => {
        const found = await record('liveCheck', null, self.checks);
        await self.whileChecking?.();
        return found;
      },
      glance: (tokens: readonly string[]) => record('glance', tokens, self.books ?? tokens.map(() => null)),
      portfolio: async () => {
        const worth = object === 'wallet:live' ? self.worth.LIVE : self.worth.PAPER;
        if (worth === undefined) throw new Error('no answer');
        return record('portfolio', null, worth);
      },
      resetPeak: () => record('resetPeak', null, self.peakAnswer),
      closePosition: (command: CloseCommand) => {
        const { closeAnswer: answer } = self;
        return record('closePosition', command, typeof answer === 'function' ? answer(command) : answer);
      },
      commandExit: (command: unknown) => record('commandExit', command, self.exitAnswer),
      setTrading: ({ state }: { state: string }) =>
        record('setTrading', state, { kind: 'done', state, inFlightOrderIds: [], cancelingOrderIds: [] }),
    };
  };
  const env = {
    DB: fake.d1,
    LEADER_FEED: namespace('feed'),
    FOLLOWED_USER: namespace('user'),
    WALLET: namespace('wallet'),
    POLYMARKET_CLOB_URL: 'http://127.0.0.1:1',
    // A busy machine takes longer, and that is no failure; what stalls has tests of its own.
    PAGE_DATABASE_MS_MAX: '600000',
    OPERATOR_PASSWORD: PASSWORD,
    SESSION_SECRET: 'a secret for tests',
    ...variables,
  } as unknown as Env; // only what the app uses is there
  const request = async (path: string, init: RequestInit = {}) => app.request(`${ORIGIN}${path}`, init, env);
  /** A header given as '' is left out. */
  const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => {
    const all = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN, cookie, ...headers };
    return {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    };
  };
  const self: Harness = {
    fake,
    env,
    calls,
    silent,
    hanging,
    nowMs: AT + 60_000,
    release: '',
    feedAllows: true,
    cashAnswer: { kind: 'booked' },
    liveAnswer: { kind: 'done' },
    inFlight: [],
    canceling: [],
    closeAnswer: { kind: 'accepted' },
    exitAnswer: { kind: 'done', rows: 1 },
    peakAnswer: { kind: 'reset', before: cash(9_000_000n), peakPnlMicros: cash(-2_000_000n) },
    worth: {},
    checks: GREEN,
    whileChecking: undefined,
    books: undefined,
    liveStatus: {},
    feedStatus: {},
    paperStatus: {},
    sweeps: [],
    profile: { kind: 'refused', reason: 'the venue knows no profile with this address' },
    profiles: { kind: 'refused', reason: 'The venue has no profile with this name.' },
    accessKeys: () => {
      throw new Error('Access is not configured here');
    },
    routes: app.routes,
    request,
    get: (path, headers = {}) => request(path, { headers: { cookie, ...headers } }),
    post: (path, fields, headers) => request(path, form(fields, headers)),
    async signIn() {
      const response = await request('/sign-in', form({ password: PASSWORD }));
      cookie = cookiesOf(response);
      // Its own calls and its audit row are no matter of whoever only needs a session.
      calls.length = 0;
      fake.queries.length = 0;
    },
  };
  return self;
}

/** What a browser sends back of the cookies that an answer sets. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0] ?? '')
    .join('; ');
}

/** A harness whose operator is signed in. */
export async function signedIn(variables: Partial<Env> = {}): Promise<Harness> {
  const app = harness(variables);
  await app.signIn();
  return app;
}

/** The body of a page that must answer 200. */
export async function textOf(app: Harness, path: string): Promise<string> {
  const response = await app.get(path);
  expect(response.status, path).toBe(200);
  return response.text();
}

/** HTML without its tags. */
export const wordsIn = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

/** The app, signed in, with one leader followed and these rows in D1. */
export async function withRows(
  rows: readonly OutboxRecord[],
  variables: Partial<Env> = {},
): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale`, ...variables });
  await writeRows(app.env.DB, rows);
  return app;
}
