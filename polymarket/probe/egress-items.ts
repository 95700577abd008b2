/** Items about where we call from: 10 (region and proxy) and 11 (the clock). The POST has no order in it. */
import { createClobApi } from '../public/clob-api.ts';
import { objectOf } from '../wire/refused.ts';
import type { ProbeCalls } from './probe-calls.ts';
import { ask, differs, expected, NotAsked, type ProbeItem } from './probe-item.ts';

const SKEW_MS_MAX = 5_000;

export function egressItems(calls: ProbeCalls): readonly Promise<ProbeItem>[] {
  return [regionItem(calls), clockItem(calls)];
}

function regionItem(calls: ProbeCalls): Promise<ProbeItem> {
  const head = {
    item: '10',
    title: 'Orders from here',
    request: 'POST /order with {} and GET the geoblock page',
  };
  return ask(head, async () => {
    const { origin, pathname } = new URL(calls.addresses.geoblockUrl);
    const where = objectOf((await calls.send(origin, pathname).catch(() => undefined))?.json)?.country;
    const { status, json } = await calls.send(calls.addresses.orderUrl, '/order', [], '{}');
    const seen = `An empty order is answered ${status}${typeof where === 'string' ? `, seen from ${where}` : ''}.`;
    if (status === 400 || status === 401) return expected(seen);
    if (status !== 403) throw new NotAsked(`${seen} That says nothing about the region.`);
    return json === undefined
      ? differs(
          seen,
          "The venue's proxy stops orders from this address: use POLYMARKET_ORDER_URL, a relay elsewhere.",
        )
      : differs(seen, 'The venue takes no orders from this region: live trading is impossible from here.');
  });
}

function clockItem(calls: ProbeCalls): Promise<ProbeItem> {
  return ask({ item: '11', title: 'The clock', request: 'GET /time' }, async () => {
    const { fetch, nowMs } = calls.ports;
    const venueMs = await createClobApi({ baseUrl: calls.addresses.clobUrl, fetch, nowMs }).fetchTimeMs();
    const skewMs = nowMs() - (venueMs + 500);
    const seen = `Our clock is ${Math.round(skewMs / 100) / 10} s ahead of the venue's.`;
    return Math.abs(skewMs) <= SKEW_MS_MAX
      ? expected(seen)
      : differs(seen, 'The venue refuses signatures of another time: set the clock.');
  });
}
