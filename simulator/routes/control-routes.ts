// The practice exchange's own routes: status, faults on request, recordings, reset.

import { parseFault } from '../faults/faults.ts';
import { formatMicros } from '../model/decimal.ts';
import { fieldsOf } from '../model/json.ts';
import { TapeError } from '../model/tape-csv.ts';
import type { TraderTrade } from '../people/trader-hands.ts';
import type { PracticeExchange } from '../practice-exchange.ts';
import { type Call, json, type RestAnswer, type Routes } from '../wire/http.ts';

/** The routes under /control. Wrong input is answered with 400 and a sentence. */
export function controlRoutes(exchange: PracticeExchange): Routes {
  return (call) => {
    switch (`${call.method} ${call.path}`) {
      case 'GET /control/status':
        return json(200, exchange.status());
      case 'POST /control/reset':
        return withBody(call, (body) => {
          const { seed } = body;
          if (seed !== undefined && (typeof seed !== 'string' || seed === ''))
            return refuse('seed must be text.');
          exchange.reset(seed);
          return json(200, { reset: true, seed: exchange.world.meta.seed });
        });
      case 'POST /control/disconnect':
        return withBody(call, ({ channel }) => {
          if (channel !== 'market' && channel !== 'rtds' && channel !== 'user')
            return refuse('channel must be "market", "rtds" or "user".');
          return json(200, { disconnected: exchange.disconnect(channel) });
        });
      case 'POST /control/tape':
        return withBody(call, (body) => playTape(exchange, body));
      case 'POST /control/trader':
        return withBody(call, (body) => openTrader(exchange, body));
      case 'POST /control/cash':
        return withBody(call, (body) => moveCash(exchange, body));
      case 'POST /control/leader-trade':
        return withBody(call, (body) => handTrade(exchange, body, 'leader'));
      case 'POST /control/leader-convert':
        return withBody(call, (body) => convertSets(exchange, body));
      case 'POST /control/trader-trade':
        return withBody(call, (body) => handTrade(exchange, body, 'funder'));
      case 'POST /control/fault':
        return withBody(call, (body) => {
          if (body.clear === true) exchange.faults.clear();
          else {
            const fault = parseFault(body);
            if (typeof fault === 'string') return refuse(fault);
            exchange.faults.add(fault);
          }
          return json(200, { faults: exchange.faults.list() });
        });
      default:
        return null;
    }
  };
}

function playTape(exchange: PracticeExchange, body: Record<string, unknown>): RestAnswer {
  const { kind, name, speed, csv, startInMs } = body;
  if (typeof csv !== 'string') return refuse('csv must be the text of the recording.');
  if (typeof name !== 'string' || name === '') return refuse('name must be text.');
  if (kind !== undefined && kind !== 'activity' && kind !== 'books')
    return refuse('kind must be "activity" or "books".');
  if (speed !== undefined && typeof speed !== 'number') return refuse('speed must be a number.');
  if (
    startInMs !== undefined &&
    !(typeof startInMs === 'number' && startInMs >= 0 && startInMs <= 3_600_000)
  ) {
    return refuse('startInMs must be 0 to 3600000.');
  }
  try {
    const tape = exchange.playTape({
      name,
      csv,
      ...(kind === undefined ? {} : { kind }),
      ...(speed === undefined ? {} : { speed }),
      ...(startInMs === undefined ? {} : { startInMs }),
    });
    return json(200, {
      tape: tape.number,
      kind: tape.kind,
      rows: tape.rows,
      refused: tape.refused,
      reasons: tape.reasons,
      leaders: tape.wallets,
      markets: tape.conditions,
    });
  } catch (error) {
    // Only a bad file is the caller's mistake; any other error is ours and must surface.
    if (error instanceof TapeError) return refuse(`${name}: ${error.message}`);
    throw error;
  }
}

function openTrader(exchange: PracticeExchange, body: Record<string, unknown>): RestAnswer {
  const { ownerAddress, funderAddress, signatureType, cash } = body;
  if (typeof ownerAddress !== 'string' || typeof funderAddress !== 'string' || typeof cash !== 'string')
    return refuse('ownerAddress, funderAddress and cash must be text.');
  return tried(() => {
    const spec = { ownerAddress, funderAddress, signatureType: signatureType as 0 | 1 | 2 | 3, cash };
    return { funder: exchange.openTrader(spec).funder };
  });
}

/** A deposit, or with `withdraw: true` a withdrawal. */
function moveCash(exchange: PracticeExchange, body: Record<string, unknown>): RestAnswer {
  const { funder, amount, withdraw } = body;
  if (typeof funder !== 'string' || typeof amount !== 'string')
    return refuse('funder and amount must be text.');
  return tried(() => {
    if (withdraw === true) exchange.withdraw(funder, amount);
    else exchange.deposit(funder, amount);
    return { cash: String(exchange.accountOf(funder).cash) };
  });
}

/** A leader's trade, or an order of a trader's account placed without an API key of ours. */
function handTrade(
  exchange: PracticeExchange,
  body: Record<string, unknown>,
  who: 'leader' | 'funder',
): RestAnswer {
  const { tokenId, side, shares, limitPrice } = body;
  const account = body[who];
  if (typeof account !== 'string' || typeof tokenId !== 'string' || typeof shares !== 'string')
    return refuse(`${who}, tokenId and shares must be text.`);
  if (side !== 'BUY' && side !== 'SELL') return refuse('side must be "BUY" or "SELL".');
  if (limitPrice !== undefined && typeof limitPrice !== 'string') return refuse('limitPrice must be text.');
  const trade: Omit<TraderTrade, 'funder'> = {
    tokenId,
    side,
    shares,
    ...(limitPrice === undefined ? {} : { limitPrice }),
  };
  return tried(() => {
    if (who === 'funder') {
      const outcome = exchange.traderTrade({ ...trade, funder: account });
      if ('error' in outcome) throw new Error(outcome.error);
      return { orderId: outcome.order.orderId, matched: formatMicros(outcome.order.matched) };
    }
    const outcome = exchange.leaderTrade({ ...trade, leader: account });
    if (outcome.kind === 'refused') throw new Error(outcome.error);
    return { matched: formatMicros(outcome.shares), transactionHash: outcome.transactionHash };
  });
}

/** A leader's NO shares of some markets of one event become YES shares of the others. */
function convertSets(exchange: PracticeExchange, body: Record<string, unknown>): RestAnswer {
  const { leader, conditionIds, shares } = body;
  if (typeof leader !== 'string' || typeof shares !== 'string')
    return refuse('leader and shares must be text.');
  if (!Array.isArray(conditionIds) || !conditionIds.every((one) => typeof one === 'string'))
    return refuse('conditionIds must be a list of text.');
  return tried(() => {
    exchange.convert(leader, conditionIds, shares);
    return { converted: shares };
  });
}

/** Errors thrown here come before any change and say in a sentence what is wrong with the input. */
function tried(doing: () => Record<string, unknown>): RestAnswer {
  try {
    return json(200, doing());
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function withBody(call: Call, answer: (body: Record<string, unknown>) => RestAnswer): RestAnswer {
  if (call.body.trim() === '') return answer({});
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    return refuse('The body is not JSON.');
  }
  const fields = fieldsOf(body);
  return fields === null ? refuse('The body must be a JSON object.') : answer(fields);
}

function refuse(error: string): RestAnswer {
  return json(400, { error });
}
