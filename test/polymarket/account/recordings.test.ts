/**
 * The real recordings of own orders and trades in ../shared/data, and the shapes beside them: all are read, or refused
 * with the reason given here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type FillReport, type OrderReport, parseOrderId } from '../../../domain/orders/orders.ts';
import { readTrade } from '../../../polymarket/account/fill-report.ts';
import { orderReportSchema } from '../../../polymarket/account/order-report.ts';
import { submitAnswerOf } from '../../../polymarket/account/submit-answer.ts';
import { takeUserFrame } from '../../../polymarket/account/user-channel.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const present = existsSync(DATA);
if (!present) console.log(`skipped: the account recordings test needs ${DATA}`);

function textOf(file: string): string {
  const bytes = readFileSync(`${DATA}/${file}`);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
/** The ids of the hand-written shapes are two digits too long. */
function shapeOf(file: string): string {
  return textOf(file).replace(/0x([0-9a-f]{64})[0-9a-f]{2}\b/g, '0x$1');
}
const jsonOf = (file: string) => JSON.parse(textOf(file));

/** What a frame is taken for, by an account that owns the key. */
function received(text: string, apiKey: string) {
  const orders: OrderReport[] = [];
  const fills: FillReport[] = [];
  const refused: string[] = [];
  takeUserFrame(
    text,
    { apiKey, funderAddress: '0x0' },
    {
      onOrder: (report) => orders.push(report),
      onFills: (reports) => fills.push(...reports),
      onRefused: ({ reason }) => refused.push(reason),
    },
  );
  return { orders, fills, refused };
}

/** Made-up ids in the shapes; whatever is not here is read. */
const REFUSED: Readonly<Record<string, string>> = {
  'shapes/ws_user_order_fok_killed.json': 'order id: not an order id',
  'shapes/ws_user_order_venue_cancel.json': 'order id: not an order id',
};

describe.skipIf(!present)('the recordings of an account', () => {
  const files = present
    ? ['recorded', 'shapes'].flatMap((folder) =>
        readdirSync(`${DATA}/user-channel/${folder}`).map((name) => `${folder}/${name}`),
      )
    : [];

  it.each(files)('reads %s of the user channel', (file) => {
    const text = shapeOf(`user-channel/${file}`);
    const { orders, fills, refused } = received(text, JSON.parse(text).owner);
    const reason = REFUSED[file];
    expect(refused).toEqual(reason === undefined ? [] : [reason]);
    expect(orders.length + fills.length).toBe(reason === undefined ? 1 : 0);
    for (const order of orders) expect(order.status).not.toBe('UNKNOWN_STATUS');
  });

  it('reads a real page of trades as taker, and as maker across outcomes', () => {
    const rows = jsonOf('clob-rest/recorded/data_trades_page.json').data as unknown[];
    const maker = { apiKey: 'bd141e00-6eb0-a3a0-7807-6c77dc156e67', funderAddress: '0x0' };
    const first = readTrade(rows[0], maker);
    expect(first.kind === 'fills' && first.fills).toMatchObject([
      {
        orderId: '0x88bf0895acf136b3e43360b8a754d66ce16a3a8aafb6c842e4ee419604474920',
        role: 'MAKER',
        // The taker sold the other outcome at 0.87: the pair was merged.
        side: 'SELL',
        tokenId: '4301913150008555036242742378121421425636969753583463858852315615150555927156',
        shareMicros: 15_880_000n,
        priceMicros: 130_000n,
        state: 'CONFIRMED',
        matchedAtMs: 1_787_980_569_000,
      },
    ]);
    for (const row of rows) expect(readTrade(row, maker).kind).toBe('fills');
  });

  it('reads every order of two days of polls of a live account', () => {
    const polls = textOf('clob-rest/open-orders-polls-2026-02-12_13.jsonl.gz').trim().split('\n');
    let orders = 0;
    for (const line of polls) {
      for (const row of rowsIn(JSON.parse(line))) {
        expect(orderReportSchema.parse(row).status).toBe('LIVE');
        orders += 1;
      }
    }
    expect(polls.length).toBe(219);
    expect(orders).toBeGreaterThan(100);
  });

  it('reads the answer to a real FAK and the order that it became', () => {
    const posted = jsonOf('clob-rest/recorded/order_fak_full_fill.json').response;
    const orderId = parseOrderId(posted.body_parsed.orderID)!;
    const body: string = posted.body_raw;
    expect(
      submitAnswerOf({ status: posted.status, headers: new Headers(), body, orderId, nowMs: 0 }),
    ).toEqual({ kind: 'accepted', status: 'MATCHED', tradeIds: [] });
    const report = orderReportSchema.parse(
      jsonOf('clob-rest/recorded/order_status_full.json').response.body_parsed,
    );
    expect(report).toMatchObject({ orderId, status: 'MATCHED', matchedShareMicros: 5_000_000n });
  });

  it.each(['http_open_order.json', 'http_open_order_sell_fok.json'])('reads the shape %s', (name) => {
    const shape = JSON.parse(shapeOf(`clob-rest/shapes/${name}`));
    expect(orderReportSchema.safeParse(shape).error).toBeUndefined();
  });

  it('reads the shape of a trade, at its average price since its legs do not add up', () => {
    const shape = JSON.parse(shapeOf('clob-rest/shapes/http_trade_report.json'));
    const reading = readTrade(shape, { apiKey: shape.owner, funderAddress: '0x0' });
    expect(reading.kind === 'fills' && reading.fills).toMatchObject([
      { role: 'TAKER', legs: [{ shareMicros: 25_000_000n, priceMicros: 500_000n }] },
    ]);
  });

  it('takes a hand-written success without a status for unknown, and a refusal for one', () => {
    const orderId = parseOrderId(`0x${'1234567890abcdef'.repeat(4)}`)!;
    const classed = (name: string, status: number) =>
      submitAnswerOf({
        status,
        headers: new Headers(),
        body: shapeOf(`clob-rest/shapes/${name}`),
        orderId,
        nowMs: 0,
      });
    expect(classed('http_order_response_ok.json', 200)).toMatchObject({ cause: 'UNKNOWN_STATUS' });
    expect(classed('http_order_response_error_500.json', 500)).toMatchObject({ cause: 'SERVER_ERROR' });
    expect(classed('http_order_response_failed.json', 200)).toMatchObject({ kind: 'rejected' });
  });
});

/** A poll is a list of orders, or holds one under some name. */
function rowsIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).find(Array.isArray) ?? [];
}
