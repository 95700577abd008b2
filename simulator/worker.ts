// The practice exchange on its own port: one Durable Object that runs the exchange and saves each step in its SQLite.
// Started by `npm start`. This file has only the clock, the rows and the sockets; the rest is in exchange.ts.

import { DurableObject } from 'cloudflare:workers';
import { createPracticeExchange } from './exchange.ts';
import type { RowStorage } from './model/store.ts';
import type { PracticeExchange as Exchange } from './practice-exchange.ts';
import type { Socket } from './sockets/market-channel.ts';
import { delayed, type Latency, latencyOf } from './wire/latency.ts';

export interface Env {
  EXCHANGE: DurableObjectNamespace<PracticeExchange>;
  PRACTICE_SEED: string;
  /** How long answers and frames take: `recorded`, or milliseconds. */
  PRACTICE_LATENCY: string;
}

const STEP_MS = 100;
/** Wakes the object if its timers were lost (restart, eviction). */
const GUARD_MS = 20_000;
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export class PracticeExchange extends DurableObject<Env> {
  private readonly exchange: Exchange;
  private readonly latency: Latency;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.exchange = createPracticeExchange({
      nowMs: () => Date.now(),
      seed: env.PRACTICE_SEED,
      storage: sqliteRows(ctx.storage),
      readLimits: true,
    });
    this.latency = latencyOf(env.PRACTICE_LATENCY, Math.random);
    this.keepStepping();
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') return this.acceptSocket(url.pathname);
    if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) {
      return Response.json({ error: 'The body is too large.' }, { status: 413 });
    }
    const answer = this.exchange.handleRequest({
      method: request.method,
      url: `${url.pathname}${url.search}`,
      body: await request.text(),
      headers: Object.fromEntries(request.headers),
    });
    const waitMs = (url.pathname.startsWith('/control') ? 0 : this.latency('market')) + (answer.delayMs ?? 0);
    if (waitMs > 0) await scheduler.wait(waitMs);
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + GUARD_MS);
  }

  private keepStepping(): void {
    void this.ctx.storage.setAlarm(Date.now() + GUARD_MS);
    const run = (): void => {
      try {
        this.exchange.step(Date.now());
      } catch (error) {
        // After an error memory and rows may differ: reload the rows at the next request or alarm, and throw on.
        this.ctx.abort(error instanceof Error ? error.message : String(error));
        return;
      }
      setTimeout(run, STEP_MS);
    };
    setTimeout(run, STEP_MS);
  }

  private acceptSocket(path: string): Response {
    const open = socketOpener(this.exchange, path);
    if (open === null) return Response.json({ error: `no socket at ${path}` }, { status: 404 });
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    server.accept();
    const source = path.startsWith('/ws/user') ? 'user' : 'market';
    const send = delayed(
      (text) => {
        // A closing socket would throw; its close event removes it from the list.
        if (server.readyState === WebSocket.OPEN) server.send(text);
      },
      {
        latencyMs: () => this.latency(source),
        nowMs: () => Date.now(),
        after: (ms, task) => void setTimeout(task, ms),
      },
    );
    const socket = open(send, () => server.close(1012, 'practice exchange hung up'));
    server.addEventListener('message', (event) => {
      if (typeof event.data === 'string') socket.receive(event.data);
    });
    server.addEventListener('close', () => socket.close());
    server.addEventListener('error', () => socket.close());
    return new Response(null, { status: 101, webSocket: client });
  }
}

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    return env.EXCHANGE.get(env.EXCHANGE.idFromName('exchange')).fetch(request);
  },
} satisfies ExportedHandler<Env>;

type SocketOpener = (send: (text: string) => void, onClose: () => void) => Socket;

function socketOpener(exchange: Exchange, path: string): SocketOpener | null {
  switch (path.replace(/\/+$/, '')) {
    case '/ws/market':
      return (send, onClose) => exchange.openMarketSocket(send, onClose);
    case '/ws/user':
      return (send, onClose) => exchange.openUserSocket(send, onClose);
    case '':
    case '/rtds':
    case '/ws/rtds':
      return (send, onClose) => exchange.openRtdsSocket(send, onClose);
    default:
      return null;
  }
}

/** Rows in the object's SQLite. The writes of a step have no await between them, so they are one transaction. */
function sqliteRows(storage: DurableObjectStorage): RowStorage {
  const { sql } = storage;
  sql.exec(
    'CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
  );
  return {
    *load() {
      for (const row of sql.exec<{ key: string; value: string }>(
        'SELECT key, value FROM rows ORDER BY key',
      )) {
        yield [row.key, row.value] as const;
      }
    },
    save(puts, deletes) {
      storage.transactionSync(() => {
        for (const [key, value] of puts)
          sql.exec('INSERT OR REPLACE INTO rows (key, value) VALUES (?, ?)', key, value);
        for (const key of deletes) sql.exec('DELETE FROM rows WHERE key = ?', key);
      });
    },
    clear() {
      sql.exec('DELETE FROM rows');
    },
  };
}
