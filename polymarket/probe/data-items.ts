/** Items about the Data API: 3 (types of activity), 4 (positions), 5 (the cache) and, on request, 6 (limits). */
import { MICROS, min, shares } from '../../domain/money.ts';
import { parsePage, parsePosition } from '../public/data-api.ts';
import { parseRetryAfterMs } from '../wire/http.ts';
import type { ProbeCalls } from './probe-calls.ts';
import { ask, differs, expected, NotAsked, type ProbeItem } from './probe-item.ts';

/** Without the filter the venue hides positions of less. */
const DUST = 100_000n;
const PER_TEN_SECONDS = 210;
const AGAIN = 5;

export function dataItems(calls: ProbeCalls): readonly Promise<ProbeItem>[] {
  const wallet = busiestWallet(calls);
  // Each item reports by itself that there is none.
  wallet.catch(() => {});
  return [
    listItem(calls, wallet),
    typeItem(calls, wallet),
    positionsItem(calls, wallet),
    cacheItem(calls, wallet),
  ];
}

/** Who traded most on the newest page of all trades. */
async function busiestWallet(calls: ProbeCalls): Promise<string> {
  const rows = await calls.rows(calls.addresses.dataUrl, '/v2/trades', [['limit', '200']]);
  const counts = new Map<string, number>();
  for (const { proxy_wallet: wallet } of rows)
    if (typeof wallet === 'string') counts.set(wallet, (counts.get(wallet) ?? 0) + 1);
  const [busiest] = [...counts].sort((left, right) => right[1] - left[1]);
  if (busiest === undefined) throw new NotAsked('The venue lists no trade.');
  return busiest[0];
}

function listItem(calls: ProbeCalls, wallet: Promise<string>): Promise<ProbeItem> {
  const head = {
    item: '3a',
    title: 'A list of activity types',
    request: 'GET /v2/activity?type=MERGE,REDEEM',
  };
  return ask(head, async () => {
    const user = await wallet;
    const rows = await calls.rows(calls.addresses.dataUrl, '/v2/activity', [
      ['user', user],
      ['type', 'MERGE,REDEEM'],
    ]);
    const others = rows.filter((row) => row.type !== 'MERGE' && row.type !== 'REDEEM');
    return others.length === 0
      ? expected(`${rows.length} rows, all of these types.`)
      : differs(
          `${others.length} of ${rows.length} rows are of other types: the list is ignored.`,
          'Nothing changes: all types are read and chosen from here.',
        );
  });
}

function typeItem(calls: ProbeCalls, wallet: Promise<string>): Promise<ProbeItem> {
  const head = { item: '3b', title: 'Activity types TIP and NONSENSE', request: 'GET /v2/activity?type=TIP' };
  return ask(head, async () => {
    const user = await wallet;
    const statusOf = async (type: string) =>
      (
        await calls.send(calls.addresses.dataUrl, '/v2/activity', [
          ['user', user],
          ['type', type],
        ])
      ).status;
    const [tip, nonsense] = [await statusOf('TIP'), await statusOf('NONSENSE')];
    const seen = `TIP is answered ${tip}, an unknown type ${nonsense}.`;
    return tip === 200 && nonsense === 400
      ? expected(seen)
      : differs(seen, 'Nothing changes for copying; tips of your own account may show as a difference.');
  });
}

function positionsItem(calls: ProbeCalls, wallet: Promise<string>): Promise<ProbeItem> {
  const head = { item: '4', title: 'Positions down to dust', request: 'GET /v2/positions?filter_amount=0' };
  return ask(head, async () => {
    const query = [
      ['user', await wallet] as const,
      ['filter_amount', '0'] as const,
      ['limit', '500'] as const,
    ];
    const { json } = await calls.read(calls.addresses.dataUrl, '/v2/positions', query);
    const page = parsePage(json, 'positions', parsePosition);
    if (page === undefined) throw new NotAsked('/v2/positions answered without a list.');
    const held = page.rows.flatMap((row) => (row === 'none' || 'unread' in row ? [] : [row]));
    const unread = page.refused.filter((one) => !one.reason.startsWith('combo'));
    const combos = page.refused.length - unread.length;
    const least = held.reduce((sum, one) => min(sum, one.shareMicros), shares(MICROS * MICROS));
    const seen = `${page.rows.length} rows, ${combos} combos, the smallest ${held.length === 0 ? 'none' : `${Number(least) / 1e6} shares`}.`;
    if (unread.length > 0)
      return differs(
        `${seen} Not understood: ${unread[0]?.reason}.`,
        'Exits of such tokens are sized by the rate until the row can be read.',
      );
    if (held.length === 0 || least >= DUST)
      throw new NotAsked(`${seen} No dust: it does not show whether filter_amount=0 is honoured.`);
    return expected(seen);
  });
}

function cacheItem(calls: ProbeCalls, wallet: Promise<string>): Promise<ProbeItem> {
  const request = 'GET /v2/trades?user=…&_=… twice, and once with another _';
  return ask({ item: '5', title: 'The cache of trades', request }, async () => {
    const user = await wallet;
    const read = (buster: string) =>
      calls.read(calls.addresses.dataUrl, '/v2/trades', [
        ['user', user],
        ['taker_only', 'false'],
        ['_', buster],
      ]);
    const buster = String(calls.ports.nowMs());
    await read(buster);
    const [again, other] = [await read(buster), await read(`${buster}0`)];
    const stateOf = ({ headers }: typeof again) => headers.get('cf-cache-status') ?? 'none';
    const seen = `The same address again: ${stateOf(again)}, age ${again.headers.get('age') ?? 'none'}; another one: ${stateOf(other)}.`;
    return stateOf(other) === 'HIT'
      ? differs(seen, 'Sweeps may see trades up to five minutes late: rely on the stream.')
      : expected(seen);
  });
}

/** Only on request: it uses up the limit of this address. */
export function limitItem(calls: ProbeCalls): Promise<ProbeItem> {
  const head = {
    item: '6',
    title: 'The limit of reads',
    request: `GET /v2/trades, ${PER_TEN_SECONDS} times in 10 s`,
  };
  return ask(head, async () => {
    const read = () =>
      calls.send(calls.addresses.dataUrl, '/v2/trades', [
        ['limit', '1'],
        ['_', String(calls.ports.nowMs())],
      ]);
    const answers = await Promise.all(Array.from({ length: PER_TEN_SECONDS }, read));
    const refused = answers.filter((one) => one.status === 429);
    const first = answers.findIndex((one) => one.status === 429);
    if (refused.length === 0) return expected(`${PER_TEN_SECONDS} calls were answered; we use 180 in 10 s.`);
    const waitOf = (one: (typeof answers)[number]) =>
      parseRetryAfterMs(one.headers.get('retry-after'), calls.ports.nowMs());
    const before = waitOf(refused[0]!);
    for (let call = 0; call < AGAIN; call += 1) await read();
    const after = waitOf(await read());
    const prolongs = before !== undefined && after !== undefined && after >= before;
    const seen = `Refused from call ${first + 1} on, Retry-After ${before ?? 'none'} ms; further calls ${prolongs ? 'prolong' : 'do not prolong'} it.`;
    return first >= 180
      ? expected(seen)
      : differs(seen, 'Our address is limited further, or shared: sweeps of many leaders will be slow.');
  });
}
