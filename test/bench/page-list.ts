// Every address whose cost is held to the budget, with the filters that make it dear. A new page, tab or polled part is one
// more line here.
import type { HistoryNames } from './history/history.ts';

export interface PageAsked {
  /** As the report shows it. */
  readonly name: string;
  readonly address: string;
  /** Asked as htmx asks for a part of a page. */
  readonly partial?: true;
}

/** Every address, of a history with these names. */
export function pageList(names: HistoryNames): readonly PageAsked[] {
  return [
    ...overviewPages(),
    ...tradePages(names),
    ...paperTradePages(names),
    ...liveTradePages(names),
    ...attemptPages(names),
    ...userPages(names),
    ...exportPages(names),
    ...polledParts(names),
  ];
}

/** A list under its filters: the name of each variant and its query. */
function variants(
  path: string,
  queries: Readonly<Record<string, Readonly<Record<string, string>>>>,
): PageAsked[] {
  return Object.entries(queries).map(([name, query]) => {
    const text = new URLSearchParams(query).toString();
    return { name: `${path} ${name}`.trim(), address: text === '' ? path : `${path}?${text}` };
  });
}

function plain(addresses: readonly string[]): PageAsked[] {
  return addresses.map((address) => ({ name: address, address }));
}

function overviewPages(): PageAsked[] {
  const ranges = ['1H', '1W', '1M', 'ALL'].map((range) => `?range=${range}`);
  const charts = ['/', '/paper-portfolio', '/real-portfolio'];
  return plain([
    ...charts.flatMap((page) => [page, ...ranges.map((range) => `${page}${range}`)]),
    ...['/status', '/markets', '/config/history'],
    ...['PAPER', 'LIVE'].flatMap((mode) => [`/exits?mode=${mode}`, `/close?mode=${mode}`]),
  ]);
}

function commonFilters(names: HistoryNames, middle: string) {
  const { busyLeader, quietLeader, rareLeader, commonWord, rareWord, fromDate, toDate } = names;
  return {
    '': {},
    'deep in the past': { before: middle },
    'busy leader': { leader: busyLeader },
    'busy leader, deep': { leader: busyLeader, before: middle },
    'quiet leader': { leader: quietLeader },
    'leader of years ago': { leader: rareLeader },
    'a month': { from: fromDate, to: toDate },
    'common market word': { market: commonWord },
    'common word, deep': { market: commonWord, before: middle },
    'common word, busy leader': { market: commonWord, leader: busyLeader },
    'common word, quiet leader': { market: commonWord, leader: quietLeader },
    'one letter': { market: commonWord.slice(0, 1) },
    'rare market word': { market: rareWord },
    'unknown market word': { market: 'nothingofthekind' },
  };
}

function tradePages(names: HistoryNames): PageAsked[] {
  return variants('/trades', commonFilters(names, names.cursors.fills));
}

function attemptFilters(names: HistoryNames, middle: string) {
  const { busyLeader, quietLeader, rareReason, commonReason, commonWord, fromDate, toDate } = names;
  return {
    'common reason': { reason: commonReason },
    'reason of long ago': { reason: rareReason },
    'reason of long ago, deep': { reason: rareReason, before: middle },
    'reason of long ago, busy leader': { reason: rareReason, leader: busyLeader },
    'source BUFFER': { source: 'BUFFER' },
    'source CARRY': { source: 'CARRY' },
    'busy leader, a month': { leader: busyLeader, from: fromDate, to: toDate },
    'busy leader, a month, next page': { leader: busyLeader, from: fromDate, to: toDate, before: middle },
    'common reason, a month': { reason: commonReason, from: fromDate, to: toDate },
    'everything at once': {
      ...{ market: commonWord, leader: quietLeader, decision: 'SKIP', reason: rareReason },
      ...{ source: 'CARRY', from: fromDate, to: toDate },
    },
  };
}

function paperTradePages(names: HistoryNames): PageAsked[] {
  const { busyLeader, rareReason } = names;
  return variants('/paper-trades', {
    ...commonFilters(names, names.cursors.paper),
    ...attemptFilters(names, names.cursors.paper),
    copies: { decision: 'EXECUTE' },
    'skips, busy leader': { decision: 'SKIP', leader: busyLeader },
    waits: { decision: 'WAIT' },
    'skips, reason of long ago': { decision: 'SKIP', reason: rareReason },
  });
}

function liveTradePages(names: HistoryNames): PageAsked[] {
  const { cursors } = names;
  const list = (tab: string, queries: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
    variants(
      '/live-trades',
      Object.fromEntries(
        Object.entries(queries).map(([name, query]) => [`${tab} ${name}`.trim(), { list: tab, ...query }]),
      ),
    );
  return [
    ...list('orders', {
      ...commonFilters(names, cursors.orders),
      filled: { state: 'FILLED' },
      refused: { state: 'REJECTED' },
      'in a state that none has': { state: 'DELAYED' },
      shadow: { kind: 'shadow' },
      'shadow, quiet leader': { kind: 'shadow', leader: names.quietLeader },
    }),
    ...list('fills', {
      ...commonFilters(names, cursors.liveFills),
      'external, long ago': { origin: 'EXTERNAL' },
      ours: { origin: 'APP' },
    }),
    ...list('skipped', { ...commonFilters(names, cursors.live), ...attemptFilters(names, cursors.live) }),
    ...list('waiting', commonFilters(names, cursors.live)),
    ...list('copies', commonFilters(names, cursors.live)),
    ...list('positions', { '': {} }),
  ];
}

function attemptPages({ paperAttempt, liveAttempt }: HistoryNames): PageAsked[] {
  const paper = `/paper-trades/${paperAttempt.leader}/${paperAttempt.group}`;
  const live = `/live-trades/${liveAttempt.leader}/${liveAttempt.group}`;
  return [
    { name: 'one attempt on paper', address: paper },
    { name: 'one attempt on paper, in the drawer', address: paper, partial: true },
    { name: 'one live attempt', address: live },
    { name: 'one live attempt, in the drawer', address: live, partial: true },
  ];
}

function userPages({
  busyLeader,
  quietLeader,
  rareLeader,
  conditionId,
  commonWord,
}: HistoryNames): PageAsked[] {
  return [
    ...plain(['/users', '/users?q=leader+1', '/users?page=2', '/config?mode=PAPER', '/config?mode=LIVE']),
    { name: '/config, one leader', address: `/config?mode=PAPER&leader=${busyLeader}` },
    { name: 'one user, busy', address: `/users/${busyLeader}` },
    { name: 'paper beside live, busy', address: `/users/${busyLeader}/divergence` },
    {
      name: 'paper beside live in part, busy',
      address: `/part/users/${busyLeader}/divergence`,
      partial: true,
    },
    { name: 'one user, quiet', address: `/users/${quietLeader}` },
    { name: 'one user, of years ago', address: `/users/${rareLeader}` },
    { name: 'one user, busy, live', address: `/users/${busyLeader}?mode=LIVE` },
    { name: '/part/users, busy', address: `/part/users/${busyLeader}`, partial: true },
    { name: '/markets, common word', address: `/markets?q=${commonWord}` },
    { name: 'one market', address: `/markets/${conditionId}` },
  ];
}

/** Rows of an export are asked for by number, so it may read those, and little more. */
const EXPORT_LIMIT = 400;

function exportPages({ cursors }: HistoryNames): PageAsked[] {
  const names = ['leader-trades', 'attempts', 'fills', 'ledger', 'snapshots', 'live-orders', 'live-fills'];
  const each = [...names, 'venue-positions', 'differences'].flatMap((name) => [`${name}.csv`]);
  const deep = [
    ['attempts.json', cursors.paper],
    ['leader-trades.json', cursors.fills],
  ] as const;
  return [
    ...each.map((file) => ({ name: `export ${file}`, address: `/export/${file}?limit=${EXPORT_LIMIT}` })),
    ...deep.map(([file, after]) => ({
      name: `export ${file}, from the middle`,
      address: `/export/${file}?limit=${EXPORT_LIMIT}&after=${encodeURIComponent(after)}`,
    })),
    { name: 'export attempts.csv, live', address: `/export/attempts.csv?limit=${EXPORT_LIMIT}&mode=LIVE` },
  ];
}

function polledParts({ rareReason, commonWord, busyLeader }: HistoryNames): PageAsked[] {
  const word = encodeURIComponent(commonWord);
  const parts = [
    '/part/dashboard',
    '/part/dashboard?range=ALL',
    '/part/trades',
    `/part/trades?market=${word}&leader=${busyLeader}`,
    '/part/paper-trades',
    `/part/paper-trades?reason=${rareReason}`,
    '/part/paper-portfolio',
    '/part/paper-portfolio?range=ALL',
    '/part/live-trades',
    '/part/live-trades?list=positions',
    '/part/live-status',
    '/part/live-switch',
    '/part/orphans',
    '/part/exits?mode=PAPER',
    '/part/state',
    '/part/real-portfolio',
    '/part/real-portfolio?range=ALL',
    '/part/status',
  ];
  return parts.map((address) => {
    const [path = '', query = ''] = address.split('?');
    return { name: query === '' ? path : `${path} ${query.split('=')[0]}`, address, partial: true };
  });
}
