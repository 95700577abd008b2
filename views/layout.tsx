/** The page around every page: one style sheet and htmx, both our own files; nothing inline, so that the CSP is strict. */
import type { Child } from 'hono/jsx';
import type { LiveState } from '../domain/switches.ts';
import { Drawer } from './drawer.tsx';
import type { Frame } from './models.ts';

const NAVIGATION = [
  ['/', 'Dashboard'],
  ['/users', 'Users'],
  ['/trades', 'Trades'],
  ['/paper-trades', 'Paper Trades'],
  ['/paper-portfolio', 'Paper Portfolio'],
  ['/live-trades', 'Live Trades'],
  ['/real-portfolio', 'Real Portfolio'],
  ['/config', 'Config'],
  ['/status', 'Status'],
] as const;

/** htmx adds no styles of its own, history stays the browser's, and what a person has opened stays open. */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  history: false,
  defaultTimeout: 10_000,
  morphIgnore: ['data-htmx-powered', 'open'],
});

/** A whole document. `frame` is absent only on pages for people who are not signed in. */
export function Document(props: {
  readonly title: string;
  readonly frame?: Frame;
  readonly path?: string;
  readonly children: Child;
}) {
  const { title, frame, path, children } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{`${title} · PolymarketSpy`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/app.css" />
        <script src="/vendor/htmx.min.js" defer></script>
        <script src="/app.js" defer></script>
      </head>
      <body>
        {frame === undefined ? null : <Header frame={frame} path={path ?? ''} />}
        <main>
          <h1>{title}</h1>
          {children}
        </main>
        {frame === undefined ? null : <Drawer />}
      </body>
    </html>
  );
}

function Header({ frame, path }: { readonly frame: Frame; readonly path: string }) {
  return (
    <header>
      <strong class="brand">PolymarketSpy</strong>
      <nav aria-label="Pages">
        {NAVIGATION.map(([href, label]) => (
          <a href={href} aria-current={href === path ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <span class={`badge ${frame.paperTrading === 'ON' ? 'good' : 'bad'}`}>Paper {frame.paperTrading}</span>
      <LiveBadge state={frame.liveTrading} />
      <EmergencyOff />
      <form method="post" action="/sign-out">
        <button type="submit" class="quiet">
          Sign out
        </button>
      </form>
    </header>
  );
}

/** One click, and nothing else of the page is needed: the Wallet is asked before anything is read. */
export function EmergencyOff() {
  return (
    <form method="post" action="/live-trades/off">
      <button type="submit" class="danger">
        Emergency OFF
      </button>
    </form>
  );
}

/**
 * The live state in the header of every page: first as it is saved, then every few seconds as the Wallet itself says. A
 * Wallet that does not answer has no state.
 */
export function LiveBadge({ state }: { readonly state: LiveState | undefined }) {
  const tone = state === 'ON' ? 'on' : state === undefined ? 'bad' : 'skip';
  return (
    <span id="live-state" hx-get="/live/state" hx-trigger="every 3s" hx-swap="outerMorph">
      <span class={`badge ${tone}`}>Live {state ?? 'does not answer'}</span>
    </span>
  );
}

/** A part of a page that fetches itself again every two seconds. The address must answer with this same element. */
export function Live(props: { readonly id: string; readonly src: string; readonly children: Child }) {
  return (
    <div id={props.id} hx-get={props.src} hx-trigger="every 2s" hx-swap="outerMorph">
      {props.children}
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
