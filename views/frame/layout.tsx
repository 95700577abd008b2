/** The page around every page: one style sheet and our own script files; nothing inline, so that the CSP is strict. */
import type { Child } from 'hono/jsx';
import type { Topic } from '../../domain/records/topics.ts';
import type { EntryState, LiveState } from '../../domain/settings/switches.ts';
import { Drawer } from './drawer.tsx';

const NAVIGATION = [
  ['/', 'Dashboard'],
  ['/users', 'Users'],
  ['/trades', 'Trades'],
  ['/paper-trades', 'Paper Trades'],
  ['/paper-portfolio', 'Paper Portfolio'],
  ['/live-trades', 'Live Trades'],
  ['/real-portfolio', 'Real Portfolio'],
  ['/markets', 'Markets'],
  ['/config', 'Config'],
  ['/status', 'Status'],
] as const;

/**
 * htmx itself is not deferred: run while the document loads, it begins at DOMContentLoaded, after its extension. Deferred, it
 * begins at the next timer, and a page whose extension came later would never receive an event.
 */
const HTMX_SCRIPT = '/vendor/htmx.min.js';
const DEFERRED_SCRIPTS = ['/vendor/hx-sse.min.js', '/vendor/uPlot.iife.min.js', '/app.js'];

/** htmx adds no styles of its own, history stays the browser's, and what a person has opened stays open. */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  history: false,
  defaultTimeout: 10_000,
  morphIgnore: ['data-htmx-powered', 'open'],
});

/** What the header shows of the switches; undefined where a Wallet does not answer and D1 cannot say either. */
export interface HeaderFrame {
  readonly paperTrading: 'ON' | 'OFF' | undefined;
  readonly liveTrading: LiveState | undefined;
  /** The switch for entries of all leaders. */
  readonly liveEntries: EntryState | undefined;
}

/** A whole document. `frame` is absent only on pages for people who are not signed in, and where nothing is known. */
export function Document(props: {
  readonly title: string;
  readonly frame?: HeaderFrame;
  readonly path?: string;
  readonly children: Child;
}) {
  const { title, frame, path = '', children } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{`${title} · PolymarketSpy`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/vendor/uPlot.min.css" />
        <link rel="stylesheet" href="/app.css" />
        <script src={HTMX_SCRIPT}></script>
        {DEFERRED_SCRIPTS.map((src) => (
          <script src={src} defer></script>
        ))}
      </head>
      <body class={frame === undefined ? '' : 'framed'}>
        {frame === undefined ? null : <Header frame={frame} path={path} />}
        <main id="main">
          <h1>{title}</h1>
          {children}
        </main>
        {frame === undefined ? null : <Drawer />}
        {frame === undefined ? null : <Events />}
      </body>
    </html>
  );
}

function Header({ frame, path }: { readonly frame: HeaderFrame; readonly path: string }) {
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <header>
        <a class="brand" href="/">
          PolymarketSpy
        </a>
        <StateBadges frame={frame} />
        <p id="connection" role="status" data-lost="No connection since" hidden></p>
        <EmergencyOff />
      </header>
      <nav class="side" aria-label="Pages">
        <Links path={path} />
        <SignOut />
      </nav>
      {/* The same links for a narrow screen, folded away; one of the two is never displayed. */}
      <details class="menu">
        <summary>Menu</summary>
        <nav aria-label="All pages">
          <Links path={path} />
          <SignOut />
        </nav>
      </details>
    </>
  );
}

function Links({ path }: { readonly path: string }) {
  return (
    <>
      {NAVIGATION.map(([href, label]) => (
        <a href={href} aria-current={href === path ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </>
  );
}

function SignOut() {
  return (
    <form method="post" action="/sign-out">
      <button type="submit" class="quiet">
        Sign out
      </button>
    </form>
  );
}

/** One click, and nothing else of the page is needed: the Wallet is asked before anything is read. */
export function EmergencyOff() {
  return (
    <form method="post" action="/live-trades/off" class="emergency">
      <button type="submit" class="danger">
        Emergency OFF
      </button>
    </form>
  );
}

/**
 * The switches in the header of every page: first as they are saved, then as the Wallets themselves say. A Wallet that does
 * not answer has no state.
 */
export function StateBadges({ frame }: { readonly frame: HeaderFrame }) {
  const { paperTrading: paper, liveTrading: live, liveEntries } = frame;
  const isStopped = liveEntries === 'OFF' && live !== undefined && live !== 'OFF';
  const tone = live === 'ON' ? 'on' : live === undefined ? 'bad' : 'skip';
  return (
    <span
      id="state"
      hx-get="/part/state"
      hx-trigger={refreshedBy(['switches'], STATE_SECONDS)}
      hx-sync="this:drop"
      hx-swap="outerMorph"
    >
      <span class={`badge ${paper === 'ON' ? 'good' : 'bad'}`}>Paper {paper ?? 'does not answer'}</span>{' '}
      <span class={`badge ${tone}`}>Live {live ?? 'does not answer'}</span>
      {isStopped ? <span class="badge bad">Entries stopped</span> : null}
    </span>
  );
}

/**
 * The one stream of a page; the events bubble from here, and parts that name their topic fetch themselves again. A stream
 * that was open comes back by itself, but one whose first answer failed would never be asked for again: hence `every`, which
 * does nothing while it is open, and is longer than an answer may take.
 */
function Events() {
  return (
    <div
      id="events"
      hx-sse:connect="/events"
      hx-trigger={`load, shown from:body, every ${STREAM_SECONDS}s`}
      hx-swap="none"
      hidden
    ></div>
  );
}

const STREAM_SECONDS = 15;

/** A part that shows ages is fetched this often even when nothing happens, or the stream is broken. */
const POLL_SECONDS = 30;

/** The stream brings every change of a switch at once; this is for a stream that is broken. */
const STATE_SECONDS = 60;

function refreshedBy(topics: readonly Topic[], everySeconds: number): string {
  // app.js stops what would be fetched while the tab is hidden, and says when it is shown again.
  const events = [...topics, 'shown'].map((event) => `${event} from:body`);
  return [...events, `every ${everySeconds}s`].join(', ');
}

/**
 * A part of a page that fetches itself again when something of its topics has changed, and now and then in any case. The
 * address must answer with this same element.
 */
export function Live(props: {
  readonly id: string;
  readonly src: string;
  readonly on: readonly Topic[];
  readonly everySeconds?: number;
  readonly children: Child;
}) {
  const { id, src, on, everySeconds = POLL_SECONDS, children } = props;
  return (
    <div
      id={id}
      class="live"
      hx-get={src}
      hx-trigger={refreshedBy(on, everySeconds)}
      hx-sync="this:drop"
      hx-swap="outerMorph"
    >
      {children}
    </div>
  );
}

/** R9 and R10: what copying can and cannot promise, where results are shown. */
export function TrackingNote() {
  return (
    <p class="note">
      Changes of exposure are tracked closely; returns are similar to the leader’s, but{' '}
      <strong>not guaranteed</strong>. They differ through missed trades, latency and slippage, partial fills,
      the venue’s minimum sizes, your own limits, what the wallet already holds, and the time of settlement.
    </p>
  );
}
