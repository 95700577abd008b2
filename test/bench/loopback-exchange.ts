// The practice exchange inside the bench's own process, on a port of the loopback. So one clock sees both ends of what is
// measured: the frame that leaves on the live feed, and the order that comes back.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPracticeExchange } from '../../simulator/exchange.ts';
import type { PracticeExchange } from '../../simulator/practice-exchange.ts';
import { acceptSocket, type LoopbackSocket } from './loopback-socket.ts';

/** An order as its request reached the socket; the body came in the same turn or soon after. */
export interface ArrivedOrder {
  readonly body: string;
  /** `performance.now()` when the head of the request was there. */
  readonly atMs: number;
  /** `Date.now()` of the same moment. */
  readonly wallMs: number;
}

export interface LoopbackExchange {
  readonly port: number;
  readonly exchange: PracticeExchange;
  /** Called for each POST of an order, whatever the exchange answers to it. */
  onOrder: (order: ArrivedOrder, status: number) => void;
  /** Called for each POST of the floor. */
  onFloorOrder: (order: ArrivedOrder) => void;
  /** Sends a frame to everybody on the live feed, or to one of the two; gives `performance.now()` of just before. */
  sayOnFeed(text: string, to?: Listener): number;
  close(): Promise<void>;
}

/** Who listens to the live feed: the product, or the floor that is measured beside it. */
export type Listener = 'product' | 'floor';

/** The floor's socket and order, which no venue has. */
const FLOOR_FEED = '/floor';
const FLOOR_ORDER = '/floor-order';
const STEP_MS = 100;
const KEEP_ALIVE_MS = 120_000;
const BODY_BYTES_MAX = 1024 * 1024;

/** Opens it, with no one on it who trades by themselves. */
export async function openLoopbackExchange(seed: string): Promise<LoopbackExchange> {
  const exchange = createPracticeExchange({
    nowMs: () => Date.now(),
    seed,
    storage: null,
    automation: { makers: false, crowd: false, leaders: false, series: false },
  });
  const server = createServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const feed = new Map<LoopbackSocket, Listener>();
  const opened: LoopbackExchange = {
    port: 0,
    exchange,
    onOrder: () => undefined,
    onFloorOrder: () => undefined,
    sayOnFeed: (text, to) => {
      const atMs = performance.now();
      for (const [socket, listener] of feed) if (to === undefined || to === listener) socket.send(text);
      return atMs;
    },
    close: () => closed,
  };
  server.on('request', (request, response) => {
    void answer(opened, { request, response, atMs: performance.now(), wallMs: Date.now() });
  });
  const streams = acceptSockets(server, { exchange, feed });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const steps = setInterval(() => exchange.step(Date.now()), STEP_MS);
  let closed: Promise<void> = Promise.resolve();
  const close = (): Promise<void> => {
    clearInterval(steps);
    for (const destroy of streams) destroy();
    closed = new Promise((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    return closed;
  };
  return Object.assign(opened, { port: (server.address() as AddressInfo).port, close });
}

async function answer(
  opened: LoopbackExchange,
  {
    request,
    response,
    ...moment
  }: { request: IncomingMessage; response: ServerResponse; atMs: number; wallMs: number },
): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return void request.destroy();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  const { method = 'GET', url = '/' } = request;
  if (url === FLOOR_ORDER) {
    response.end('{}');
    opened.onFloorOrder({ body, ...moment });
    return;
  }
  const reply = opened.exchange.handleRequest({ method, url, body, headers });
  response.writeHead(reply.status, reply.headers).end(reply.body);
  if (method === 'POST' && /^\/orders?(\?|$)/.test(url)) opened.onOrder({ body, ...moment }, reply.status);
}

/** Serves the sockets; gives what hangs up on each of them. */
function acceptSockets(
  server: Server,
  { exchange, feed }: { exchange: PracticeExchange; feed: Map<LoopbackSocket, Listener> },
): Set<() => void> {
  const streams = new Set<() => void>();
  server.on('upgrade', (request, stream) => {
    const path = (request.url ?? '').replace(/[?].*$/, '');
    const hangUp = (): void => {
      stream.destroy();
    };
    const open =
      path === '/ws/market'
        ? exchange.openMarketSocket.bind(exchange)
        : path === '/ws/user'
          ? exchange.openUserSocket.bind(exchange)
          : path === '/rtds'
            ? exchange.openRtdsSocket.bind(exchange)
            : path === FLOOR_FEED
              ? unheard
              : undefined;
    if (open === undefined) return hangUp();
    streams.add(hangUp);
    const socket = acceptSocket(request, stream, {
      text: (text) => inner.receive(text),
      close: () => {
        inner.close();
        feed.delete(socket);
        streams.delete(hangUp);
      },
    });
    const inner = open((text) => socket.send(text), hangUp);
    if (path === '/rtds') feed.set(socket, 'product');
    if (path === FLOOR_FEED) feed.set(socket, 'floor');
  });
  return streams;
}

/** A socket on which nothing is asked of the exchange. */
function unheard(): { receive: (text: string) => void; close: () => void } {
  return { receive: () => undefined, close: () => undefined };
}
