// The operator's side of the practice exchange: what it is doing, faults on purpose, tapes, and starting over.

import type { PracticeExchange } from './exchange.ts';
import { parseFault } from './faults.ts';
import { type Call, json, type RestAnswer, type Routes } from './http.ts';

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

function withBody(call: Call, answer: (body: Record<string, unknown>) => RestAnswer): RestAnswer {
  if (call.body.trim() === '') return answer({});
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    return refuse('The body is not JSON.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return refuse('The body must be a JSON object.');
  return answer(body as Record<string, unknown>);
}

function refuse(error: string): RestAnswer {
  return json(400, { error });
}
