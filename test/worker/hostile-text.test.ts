// Titles, labels, names, what the venue says, what was refused, what is in the address or was typed: hostile on every page, and
// never anything but text. Pages are taken from the app, so that a new one is held to it as well.
import { expect, it } from 'vitest';
import { recordAudit } from '../../ledger/write/control-store.ts';
import { writeOutbox } from '../../ledger/write/outbox-writer.ts';
import {
  AT,
  attempt,
  CONDITION,
  copyFill,
  difference,
  groupMember,
  LEADER,
  leaderFill,
  leaderPosition,
  liveFill,
  liveOrder,
  market,
  OTHER_LEADER,
  position,
  quarantined,
  shadowOrder,
  snapshot,
  TOKEN,
  venuePosition,
} from '../ledger/records.ts';
import { behindAccess, OPERATOR } from './door/access-team.ts';
import { type Harness, harness, signedIn } from './harness.ts';
import { hostileLiveStatus } from './statuses.ts';

/** Closes what can be closed, then begins what must not begin. The word shows where it went. */
const HOSTILE = 'cq9"\'></title></textarea><b onload=x>&amp;';
/** What may follow the word: every sign that could end a text or an attribute, written as a character reference; or the text was cut. */
const HARMLESS = /^(?:\\?&quot;|%22|%5C%22)(?:&#39;|%27)(?:&gt;|%3E)(?:&lt;|%3C|…)/;

const ROWS = [
  leaderFill(),
  groupMember(),
  leaderFill({ fillId: 'fill-2', disposition: 'HISTORY', groupKey: '', txHash: HOSTILE }),
  attempt(),
  attempt({ groupKey: 'group-2', idempotencyKey: 'key-2', decision: 'SKIP', reasons: ['SPREAD_TOO_WIDE'] }),
  attempt({ mode: 'LIVE', facts: JSON.stringify({ book: HOSTILE }) }),
  attempt({ groupKey: 'group-3', idempotencyKey: 'key-3', facts: JSON.stringify({ book: HOSTILE }) }),
  copyFill(),
  position(),
  position({ mode: 'LIVE' }),
  leaderPosition(),
  snapshot(),
  snapshot({ mode: 'LIVE' }),
  liveOrder({ state: 'REJECTED', lastError: HOSTILE, publicBody: HOSTILE }),
  shadowOrder({ createdAtMs: AT }),
  liveFill({ txHash: HOSTILE, tradeId: HOSTILE }),
  venuePosition(),
  difference(),
  market({ title: HOSTILE, outcome: HOSTILE, slug: HOSTILE }),
  quarantined({ reason: HOSTILE, excerpt: HOSTILE, source: HOSTILE }),
];

/** A world in which everyone who may write text into the app has done so. */
async function hostileWorld(): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: LEADER, EXPORT_TOKEN: HOSTILE });
  await app.get('/');
  for (const [address, label] of [
    [LEADER, ''],
    [OTHER_LEADER, HOSTILE],
  ]) {
    await app.post('/users/remove', { leaderAddress: address ?? '' });
    app.profile = { kind: 'found', address: address as never, name: HOSTILE };
    expect((await app.post('/users/add', { reference: 'x', label: label ?? '' })).status).toBe(303);
  }
  await writeOutbox(app.env.DB, ROWS);
  const change = { action: HOSTILE, subject: HOSTILE, field: HOSTILE, oldValue: HOSTILE, newValue: HOSTILE };
  await recordAudit(app.env.DB, { audit: [change], commandId: 'hostile', actor: HOSTILE, nowMs: AT });
  app.liveStatus = hostileLiveStatus(HOSTILE);
  app.sweeps = [HOSTILE];
  app.checks = [{ name: 'region', state: 'NOT_READY', sentence: HOSTILE }];
  app.inFlight = [HOSTILE];
  return app;
}

/** How often the text is in a page; fails where it is anything but text. */
function expectText(html: string, about: string): number {
  const after = html.split('cq9').slice(1);
  for (const rest of after) expect(rest.slice(0, 40), about).toMatch(HARMLESS);
  expect(html, about).not.toMatch(/onload=x>|<b onload/);
  return after.length;
}

const query = new URLSearchParams(
  [
    'market',
    'leader',
    'reason',
    'from',
    'mode',
    'list',
    'range',
    'before',
    'state',
    'origin',
    'to',
    'q',
    'x"><b',
  ].map((name) => [name, HOSTILE]),
);
const known = new URLSearchParams({ market: HOSTILE });

it('every page of the app shows it as text only', async () => {
  const app = await hostileWorld();
  const paths = harness()
    .routes.filter(({ method, path }) => method === 'GET' && !path.startsWith('/export'))
    .map(({ path }) =>
      path
        .replace(/:(leader|address)/, LEADER)
        .replace(':condition', CONDITION)
        .replace(':group', 'group-1')
        .replace(/:\w+/, 'x'),
    );
  const extra = ['fills', 'positions', 'skipped', 'copies'].map((list) => `/live-trades?list=${list}`);
  const counts = new Map<string, number>();
  for (const path of [...new Set([...paths, ...extra, `/paper-trades/${LEADER}/group-3`])]) {
    for (const address of [path, ...(path.includes('?') ? [] : [`${path}?${query}`, `${path}?${known}`])]) {
      const response = await app.get(address);
      const times = expectText(await response.text(), address);
      counts.set(path, Math.max(counts.get(path) ?? 0, times));
    }
  }
  // The test would prove nothing where the text never came.
  const wanted = [
    '/',
    '/users',
    `/users/${LEADER}`,
    '/trades',
    '/paper-trades',
    '/paper-portfolio',
    '/live-trades',
    '/real-portfolio',
    '/markets',
    `/markets/${CONDITION}`,
    '/config',
    '/status',
    `/paper-trades/${LEADER}/group-3`,
    `/live-trades/${LEADER}/group-1`,
  ];
  expect(wanted.filter((path) => (counts.get(path) ?? 0) === 0)).toEqual([]);
});

it('every form that comes back shows what was typed, and what the venue or a Wallet said, as text only', async () => {
  const app = await hostileWorld();
  app.profile = { kind: 'refused', reason: HOSTILE };
  app.cashAnswer = { kind: 'refused', reason: HOSTILE };
  app.closeAnswer = { kind: 'refused', about: 'price', reason: HOSTILE };
  const names = [
    'reference',
    'label',
    'amount',
    'leaderAddress',
    'mode',
    'copyRateBps',
    'sizingMode',
    'groupQuietMs',
  ];
  const typed = Object.fromEntries(
    [...names, 'marketBlacklist', 'confirmation'].map((name) => [name, HOSTILE]),
  );
  let shown = 0;
  for (const { method, path } of harness().routes) {
    if (method !== 'POST' || path === '/sign-out') continue;
    for (const fields of [
      typed,
      { ...typed, leaderAddress: LEADER, override: 'FORCE_OFF', state: 'ON', kind: 'DEPOSIT' },
      {
        leaderAddress: LEADER,
        tokenId: TOKEN,
        override: 'FORCE_OFF',
        state: 'SHADOW',
        kind: 'DEPOSIT',
        amount: '5',
      },
    ]) {
      for (const answer of [{ kind: 'done' }, { kind: 'refused', reason: HOSTILE }] as const) {
        app.liveAnswer = answer;
        shown += expectText(await (await app.post(path, fields)).text(), path);
      }
    }
  }
  expect(shown).toBeGreaterThan(50);
});

it('the door shows it as text only, to strangers too', async () => {
  const to = `/trades?market=${HOSTILE}`;
  const page = await (await harness().request(`/sign-in?to=${encodeURIComponent(to)}`)).text();
  expect(expectText(page, 'sign-in')).toBe(1);
  const wrong = await harness().post('/sign-in', { password: HOSTILE, to });
  expect(expectText(await wrong.text(), 'wrong password')).toBe(1);
  const { app, as } = await behindAccess({ ACCESS_EMAILS: `${OPERATOR}, cq9"'></title><b@example.com` });
  const hostile = await as({ email: `cq9"'></title><b@example.com` });
  expect(expectText(await (await app.get('/sign-in', hostile)).text(), 'behind Access')).toBe(1);
  await app.post('/config/trading', { state: 'OFF' }, hostile);
  expect(expectText(await (await app.get('/status', hostile)).text(), 'who')).toBeGreaterThan(0);
});
