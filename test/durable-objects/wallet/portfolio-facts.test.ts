/** What a decision knows of the portfolio: free cash and shares, what is at risk, and PnL since midnight and in a week. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PortfolioFacts } from '../../../domain/decide/decision-facts.ts';
import { type CashMicros, type ShareMicros, sub } from '../../../domain/money.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import type { Funds, ReservedCash } from '../../../durable-objects/wallet/executor.ts';
import { portfolioFacts } from '../../../durable-objects/wallet/portfolio-facts.ts';
import { at, CONDITION, exampleSettings, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { START_MS } from '../memory-ports.ts';
import {
  cashEntry,
  exampleIntent,
  held,
  marking,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  type WalletStores,
  walletStores,
} from './stores.ts';

const MIDNIGHT = START_MS - (START_MS % DAY_MS);
const ELSEWHERE = `${CONDITION.slice(0, -1)}d` as typeof CONDITION;

let stores: WalletStores;
let reserved: ReservedCash;
let venueExposure: CashMicros | null;
let later: ShareMicros;

beforeEach(() => {
  stores = walletStores('PAPER');
  reserved = { total: usd('0'), market: usd('0'), leader: usd('0') };
  venueExposure = null;
  later = sh('0');
  stores.book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
});

function facts(nowMs = START_MS): PortfolioFacts {
  const funds: Funds = {
    freeCash: () => usd('12'),
    sellable: () => sh('3'),
    held: () => sh('9'),
    own: () => sh('5'),
    owed: (_intent, ownShareMicros) => sub(ownShareMicros, sh('3')),
    reserved: () => reserved,
    venueExposure: () => venueExposure,
  };
  const given = { intent: exampleIntent(), settings: exampleSettings(), laterShareMicros: later, nowMs };
  return portfolioFacts({ book: stores.book, kv: stores.kv, funds }, given);
}

/** Ten shares for five dollars each: of the intent's leader and market, of its leader elsewhere, of another leader. */
function buyThree(): void {
  stores.book.bookEntry(purchase(), held('10', '5'));
  const elsewhere = { refId: 'copy:2', tokenId: OTHER_TOKEN, conditionId: ELSEWHERE };
  stores.book.bookEntry(purchase(elsewhere), held('10', '5'));
  stores.book.bookEntry(purchase({ refId: 'copy:3', leaderAddress: OTHER_LEADER }), held('10', '5'));
  stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
}

describe('the facts of a portfolio', () => {
  it('have the cash and shares that the executor says are free', () => {
    expect(facts()).toMatchObject({ cashMicros: usd('12'), holdingShareMicros: sh('3'), paused: false });
    expect(facts()).toMatchObject({ ownShareMicros: sh('5'), owedShareMicros: sh('2') });
    expect(facts()).toMatchObject({ totalExposureMicros: 0n, peakPnlMicros: 0n, pnlMicros: 0n });
    stores.kv.put('paused', 'a bug');
    expect(facts().paused).toBe(true);
  });

  it('have none of the shares that were bought after a sale that waited (A44)', () => {
    later = sh('1.5');
    expect(facts()).toMatchObject({ holdingShareMicros: sh('3'), ownShareMicros: sh('3.5') });
    // Others were sold by hand meanwhile.
    later = sh('6');
    expect(facts().ownShareMicros).toBe(0n);
  });

  it('count what is at risk at the higher of cost and mark, and what orders hold', () => {
    buyThree();
    expect(facts()).toMatchObject({
      equityMicros: null,
      totalExposureMicros: usd('17'),
      marketExposureMicros: usd('12'),
      leaderExposureMicros: usd('11'),
      flowMicros: usd('100'),
    });
    reserved = { total: usd('3'), market: usd('2'), leader: usd('1') };
    expect(facts()).toMatchObject({
      totalExposureMicros: usd('20'),
      marketExposureMicros: usd('14'),
      leaderExposureMicros: usd('12'),
    });
  });

  it('take the venue’s value of it all where that is higher', () => {
    buyThree();
    venueExposure = usd('16');
    expect(facts().totalExposureMicros).toBe(usd('17'));
    venueExposure = usd('18');
    expect(facts().totalExposureMicros).toBe(usd('18'));
  });

  it('have the equity once every position has a mark, and size by the lower of mark and bid (A49)', () => {
    buyThree();
    stores.book.mark(OTHER_TOKEN, marking(at('0.4'), START_MS));
    expect(facts()).toMatchObject({ equityMicros: usd('101'), pnlMicros: usd('1'), peakPnlMicros: usd('1') });
    stores.book.mark(OTHER_TOKEN, marking(at('0.4'), START_MS, { bidPriceMicros: at('0.1') }));
    expect(facts()).toMatchObject({ equityMicros: usd('98'), pnlMicros: usd('1') });
    expect(facts()).toMatchObject({ totalExposureMicros: usd('17'), unsureMicros: 0n });
  });

  it('say how much has no good price, by the time of the decision too', () => {
    buyThree();
    stores.book.mark(OTHER_TOKEN, marking(at('0.4'), START_MS, { rule: 'STALE', good: false }));
    expect(facts().unsureMicros).toBe(usd('4'));
    expect(facts(START_MS + HOUR_MS).unsureMicros).toBe(usd('16'));
  });

  it('measure PnL from the last valuation at or before midnight, and at or before seven days ago (A50)', () => {
    stores.book.putPnl(START_MS - 8 * DAY_MS, usd('-50'));
    stores.book.putPnl(START_MS - 7 * DAY_MS, usd('-30'));
    stores.book.putPnl(MIDNIGHT - 1, usd('-20'));
    stores.book.putPnl(MIDNIGHT + 1, usd('-10'));
    expect(facts()).toMatchObject({ dayPnlMicros: usd('20'), weekPnlMicros: usd('30') });
    expect(facts(MIDNIGHT + DAY_MS + 1)).toMatchObject({ dayPnlMicros: usd('10') });
  });

  it('measure them from an old valuation where the Wallet did not run at midnight', () => {
    stores.book.putPnl(MIDNIGHT - 40 * DAY_MS, usd('50'));
    stores.book.putPnl(MIDNIGHT - 30 * DAY_MS, usd('-20'));
    stores.book.putPnl(START_MS, usd('-1'));
    expect(facts()).toMatchObject({ dayPnlMicros: usd('20'), weekPnlMicros: usd('20') });
  });

  it('measure those of a younger Wallet from its first valuation, and none before that', () => {
    buyThree();
    stores.book.mark(OTHER_TOKEN, marking(at('0.1'), START_MS));
    expect(facts()).toMatchObject({ pnlMicros: usd('-2'), dayPnlMicros: 0n, weekPnlMicros: 0n });
    stores.book.putPnl(START_MS - 1, usd('-3'));
    stores.book.putPnl(START_MS, usd('-1'));
    expect(facts()).toMatchObject({ dayPnlMicros: usd('1'), weekPnlMicros: usd('1') });
  });

  it('know the highest PnL so far', () => {
    stores.kv.put('peakPnl', usd('9'));
    expect(facts()).toMatchObject({ pnlMicros: 0n, peakPnlMicros: usd('9') });
  });

  it('have no PnL while a position has no mark', () => {
    buyThree();
    stores.book.putPnl(MIDNIGHT, usd('-10'));
    expect(facts()).toMatchObject({ pnlMicros: 0n, dayPnlMicros: usd('10') });
  });
});
