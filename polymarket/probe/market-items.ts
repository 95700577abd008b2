/** Items about markets: 1 (facts), 2 (an ended market) and 15 (Gamma by condition). */
import { clobMarketSchema } from '../public/clob-api.ts';
import { firstProblem, objectOf } from '../wire/refused.ts';
import type { ProbeCalls } from './probe-calls.ts';
import { ask, differs, expected, NotAsked, type ProbeItem } from './probe-item.ts';

/** Closed in May 2026, with an end date in December 2027. */
const ENDED = '0xd57eed0d44f5b8ca54925d8d6ff440b146b3e6e071da18136ee3ee572d34479e';
const MARKETS = 20;

export function marketItems(calls: ProbeCalls): readonly Promise<ProbeItem>[] {
  return [factsItem(calls), endedItem(calls), formsItem(calls), closedItem(calls)];
}

/** Condition ids of markets that take orders, spread over the first page. */
async function conditions(calls: ProbeCalls): Promise<readonly string[]> {
  const rows = await calls.rows(calls.addresses.clobUrl, '/sampling-markets');
  const ids = rows.flatMap(({ condition_id: id }) => (typeof id === 'string' ? [id] : []));
  if (ids.length === 0) throw new NotAsked('The venue lists no market.');
  const step = Math.max(1, Math.floor(ids.length / MARKETS));
  return ids.filter((_id, index) => index % step === 0).slice(0, MARKETS);
}

function factsItem(calls: ProbeCalls): Promise<ProbeItem> {
  const head = { item: '1', title: 'Facts of 20 markets', request: 'GET /clob-markets/CONDITION' };
  return ask(head, async () => {
    const ids = await conditions(calls);
    const fees = new Set<string>();
    const odd: string[] = [];
    let delayed = 0;
    let unversioned = 0;
    for (const id of ids) {
      const { json } = await calls.read(calls.addresses.clobUrl, `/clob-markets/${id}`);
      const read = clobMarketSchema.safeParse(json);
      const { fd } = objectOf(json) ?? {};
      fees.add(fd === undefined ? 'no fd' : `fd ${JSON.stringify(Object.keys(objectOf(fd) ?? {}))}`);
      if (!read.success) odd.push(firstProblem(read.error));
      else if (read.data.isFeeUnknown === true) odd.push(`fd ${JSON.stringify(fd).slice(0, 80)}`);
      else {
        if (read.data.takerDelayMs > 0) delayed += 1;
        if (read.data.version === null) unversioned += 1;
      }
    }
    const seen = `${ids.length} markets; ${[...fees].join(', ')}; ${delayed} with a taker delay.`;
    if (odd.length > 0)
      return differs(
        `${seen} Not understood in ${odd.length}: ${odd[0]}.`,
        'Nothing is bought in such markets.',
      );
    if (unversioned > 0)
      return differs(`${seen} ${unversioned} name no version.`, 'No live order is signed for such markets.');
    return expected(seen);
  });
}

function endedItem(calls: ProbeCalls): Promise<ProbeItem> {
  const request = 'GET /v2/resolutions?condition=0xd57eed0d… and GET /clob-markets/0xd57eed0d…';
  return ask({ item: '2', title: 'A market that ended before its end date', request }, async () => {
    const [row] = await calls.rows(calls.addresses.dataUrl, '/v2/resolutions', [['condition', ENDED]]);
    if (row === undefined) throw new NotAsked('The venue does not know this market.');
    const market = objectOf((await calls.send(calls.addresses.clobUrl, `/clob-markets/${ENDED}`)).json);
    const seen = `Its result is "${String(row.status)}"; it says that it ${market?.ao === true ? 'takes' : 'does not take'} orders.`;
    return row.status === 'resolved'
      ? expected(seen)
      : differs(seen, 'A market that ended early is settled late: look at its position by hand.');
  });
}

function formsItem(calls: ProbeCalls): Promise<ProbeItem> {
  const request = 'GET /markets/keyset?condition_ids=… with 62 and 64 hex digits';
  return ask({ item: '15a', title: 'Gamma by the condition of a v2 market', request }, async () => {
    const { gammaUrl } = calls.addresses;
    const rows = await calls.rows(gammaUrl, '/markets/keyset', [['limit', '100']]);
    const id = rows.find((row) => row.version === 'v2')?.conditionId;
    if (typeof id !== 'string') throw new NotAsked('No market of Protocol V2 is on the first page.');
    const short = id.length === 66 ? id.slice(0, -2) : id;
    const found: string[] = [];
    for (const form of [short, `${short}00`]) {
      const known = await calls.rows(gammaUrl, '/markets/keyset', [['condition_ids', form]]);
      if (known.length > 0) found.push(`${form.length - 2} digits`);
    }
    return found.length > 0
      ? expected(`It is found by ${found.join(' and by ')}; both are asked for.`)
      : differs('It is found by neither form.', 'Names and close times of v2 markets stay unknown.');
  });
}

function closedItem(calls: ProbeCalls): Promise<ProbeItem> {
  const request = 'GET /markets/keyset?condition_ids=… with and without closed=true';
  return ask({ item: '15b', title: 'A closed market at Gamma', request }, async () => {
    const { gammaUrl } = calls.addresses;
    const filters = [['closed', 'true'] as const, ['limit', '1'] as const];
    const id = (await calls.rows(gammaUrl, '/markets/keyset', filters))[0]?.conditionId;
    if (typeof id !== 'string') throw new NotAsked('Gamma lists no closed market.');
    const named = [['condition_ids', id] as const];
    const without = await calls.rows(gammaUrl, '/markets/keyset', named);
    const withClosed = await calls.rows(gammaUrl, '/markets/keyset', [...named, ['closed', 'true']]);
    const seen = `Without closed=true ${without.length}, with it ${withClosed.length} markets.`;
    return withClosed.length > 0
      ? expected(seen)
      : differs(
          seen,
          'The end of a market is seen by its book and its result alone, ten minutes late at most.',
        );
  });
}
