// A relay for orders, for a machine in a region from which the venue takes them (docs/deploy.md, "A relay for orders"). One file
// without dependencies: copy it to that machine and run it there with Node 20 or newer.
//
//   RELAY_TOKEN=… RELAY_CERT=cert.pem RELAY_KEY=key.pem node order-relay.mjs
//
// It forwards orders and cancels, as they are, to one host and to no other path. They are signed by the Wallet, and their headers
// hold for their bytes only, so that the relay can neither change nor make one. It stores nothing, and logs no header and no body.
// RELAY_TOKEN: what callers must send as `relay-token`, at least 32 characters. RELAY_CERT and RELAY_KEY: files for https; without them
// it listens on this machine only, for a proxy in front of it that ends https. RELAY_PORT: 8443 unless set.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';

const VENUE = 'https://clob.polymarket.com';
const ALLOWED = new Set(['POST /order', 'POST /orders', 'DELETE /order', 'DELETE /orders']);
const TOKEN_CHARS_MIN = 32;
const BODY_BYTES_MAX = 1024 * 1024;
/** Longer than the Wallet waits: it is the Wallet that calls an outcome unknown. */
const ANSWER_MS_MAX = 60_000;
/** Of the request: what the venue reads. Of the answer: what the Wallet reads. */
const REQUEST_HEADERS = /^(poly_|content-type$|accept$)/;
const ANSWER_HEADERS = /^(poly-|content-type$|retry-after$|date$|cf-ray$)/;

/**
 * The relay's request handler. `target` is the venue's address, `log` gets one line a request: method, path, status, milliseconds.
 * Throws where the token is too short.
 */
export function relayHandler({ token, target = VENUE, log = console.log, fetch: send = fetch }) {
  if (token.length < TOKEN_CHARS_MIN)
    throw new Error(`RELAY_TOKEN needs at least ${TOKEN_CHARS_MIN} characters`);
  return async (request, response) => {
    const startedMs = Date.now();
    const path = (request.url ?? '').replace(/\?.*/, '');
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body);
      log(
        `${request.method} ${ALLOWED.has(`${request.method} ${path}`) ? path : 'another path'} ${status} ${Date.now() - startedMs} ms`,
      );
    };
    const refuse = (status, error) => answer(status, JSON.stringify({ error }));
    try {
      // Nothing was forwarded: the Wallet reads this as a refusal of the account, and stops.
      if (!same(String(request.headers['relay-token'] ?? ''), token))
        return refuse(401, 'unauthorized: the relay does not take this POLYMARKET_RELAY_TOKEN');
      if (!ALLOWED.has(`${request.method} ${path}`) || request.url !== path)
        return refuse(404, 'the relay forwards orders only');
      const body = await bodyOf(request);
      if (body === undefined) return refuse(413, 'the relay takes no body as large as this');
      await forward({ request, path, body, target, send }, answer);
    } catch {
      // It may have arrived: the Wallet takes this as unknown and asks the venue.
      refuse(502, 'the relay has no answer of the venue');
    }
  };
}

async function forward({ request, path, body, target, send }, answer) {
  const named = Object.entries(request.headers).filter(([name]) => REQUEST_HEADERS.test(name));
  const venue = await send(`${target}${path}`, {
    method: request.method,
    headers: Object.fromEntries(named),
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  const text = await venue.text();
  const kept = [...venue.headers].filter(([name]) => ANSWER_HEADERS.test(name));
  answer(venue.status, text, Object.fromEntries(kept));
}

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** In time that depends on neither's letters. */
function same(given, wanted) {
  const digest = (text) => createHmac('sha256', wanted).update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function main() {
  const {
    RELAY_TOKEN: token = '',
    RELAY_CERT: cert,
    RELAY_KEY: key,
    RELAY_PORT: port = '8443',
  } = process.env;
  const handler = relayHandler({ token });
  const secure = cert !== undefined && key !== undefined;
  const server = secure
    ? createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) }, handler)
    : createServer(handler);
  server.listen(Number(port), secure ? '0.0.0.0' : '127.0.0.1', () =>
    console.log(
      `Relaying orders to ${VENUE} on port ${port}${secure ? '' : ' of this machine, without https'}.`,
    ),
  );
}

if (import.meta.main ?? process.argv[1] === new URL(import.meta.url).pathname) main();
