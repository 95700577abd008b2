/** Paper beside live, as the page of one leader shows it (A55). */
import { describe, expect, it } from 'vitest';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { attempt, LEADER, liveOrder, market, OTHER_LEADER } from '../../ledger/records.ts';
import { writeRows } from '../../ledger/write-rows.ts';
import { signedIn, textOf, wordsIn } from '../harness.ts';

const PATH = `/users/${LEADER}/divergence`;

describe('the page of paper beside live', () => {
  it('has a row for each copy, with the reason of one that only one mode made, and links its export', async () => {
    const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
    await app.get('/');
    expect(wordsIn(await textOf(app, PATH))).toContain('No copy here yet.');
    const alone = { groupKey: 'group-2', idempotencyKey: 'key-2' };
    await writeOutbox(app.fake.d1, [
      market(),
      attempt(),
      attempt({ mode: 'LIVE' }),
      liveOrder({
        predictedShareMicros: 11_700_000n,
        predictedNotionalMicros: 4_914_000n,
        predictedFeeMicros: 11_500n,
      }),
      attempt(alone),
      attempt({ ...alone, mode: 'LIVE', decision: 'SKIP', reasons: ['BOOK_STALE'] }),
    ]);
    const page = await textOf(app, PATH);
    expect(wordsIn(page)).toContain('11.70 at 42¢ 11.60 at 42¢ -$0.13 delay -$0.04');
    expect(wordsIn(page)).toContain('no copy of the other found');
    expect(page).toContain('title="BOOK_STALE"');
    expect(page).toContain(`/export/divergence.csv?leader=${LEADER}`);
    expect(await textOf(app, `/users/${LEADER}`)).toContain(PATH);
  });

  it('is not there for a leader who is not followed', async () => {
    const app = await signedIn();
    expect((await app.get(`/users/${OTHER_LEADER}/divergence`)).status).toBe(404);
  });

  it('compares no copy that waits on paper, or ended there for a reason of ours, and says which (A55)', async () => {
    const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
    await app.get('/');
    const unfilled = {
      filledShareMicros: 0n,
      filledNotionalMicros: 0n,
      feeMicros: 0n,
      vwapPriceMicros: null,
    };
    const copies = (['PAPER_PENDING', 'PAPER_NO_BOOK'] as const).map((reason) => {
      const names = { groupKey: reason, idempotencyKey: reason };
      const order = { orderKey: reason, orderId: reason, idempotencyKey: reason };
      return [
        attempt({ ...names, ...unfilled, reasons: [reason] }),
        attempt({ ...names, mode: 'LIVE' }),
        liveOrder(order),
      ];
    });
    await writeRows(app.fake.d1, copies.flat());
    const panel = await textOf(app, `/part${PATH}`);
    expect(wordsIn(panel)).toContain(
      'Of the newest 2 copies none can be compared: one of the two did not make it, or paper waits.',
    );
    for (const reason of ['PAPER_PENDING', 'PAPER_NO_BOOK']) expect(panel).toContain(`title="${reason}"`);
  });

  it('says in the panel that older copies may be there, where the newest decisions are none', async () => {
    const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
    await app.get('/');
    const skips = Array.from({ length: 70 }, (_, at) => {
      const names = { groupKey: `skip-${at}`, idempotencyKey: `skip-${at}`, decidedAtMs: 5_000 + at };
      return attempt({ ...names, decision: 'SKIP', reasons: ['CARRIED'] });
    });
    await writeRows(app.fake.d1, [attempt({ decidedAtMs: 1_000 }), ...skips]);
    expect(wordsIn(await textOf(app, `/part${PATH}`))).toContain('No copy among the newest decisions.');
  });

  it('is summed up on the page of the leader, in a panel that comes by itself (A55)', async () => {
    const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
    await app.get('/');
    const part = `/part${PATH}`;
    expect(await textOf(app, `/users/${LEADER}`)).toContain(`hx-get="${part}" hx-trigger="load"`);
    expect(wordsIn(await textOf(app, part))).toContain('Paper beside live No copy here yet.');
    const predicted = {
      predictedShareMicros: 11_700_000n,
      predictedNotionalMicros: 4_914_000n,
      predictedFeeMicros: 11_500n,
    };
    const copies = Array.from({ length: 7 }, (_, at) => {
      const names = { groupKey: `group-${at}`, idempotencyKey: `key-${at}`, decidedAtMs: 1_000 + at };
      const order = { orderKey: `order-${at}`, orderId: `order-${at}`, idempotencyKey: names.idempotencyKey };
      return [attempt(names), attempt({ ...names, mode: 'LIVE' }), liveOrder({ ...order, ...predicted })];
    });
    const alone = { groupKey: 'alone', idempotencyKey: 'alone', decidedAtMs: 2_000 };
    await writeRows(app.fake.d1, [...copies.flat(), attempt(alone)]);
    const words = wordsIn(await textOf(app, part));
    // Seven times one copy: added up first, rounded then.
    expect(words).toContain(
      'Of the newest 8 copies 7 can be compared. Live, or SHADOW where it was not ON, less paper is -$0.89 in all: delay -$0.29, spread +$0.29, fee -$0.01, rounding -$0.88.',
    );
    expect(words.split('delay').length - 1).toBe(1 + 4);
    expect(words).toContain('no copy of the other found');
    expect(words).toContain('Decided Market Side Against Difference Of it');
    expect((await app.get(`/part/users/${OTHER_LEADER}/divergence`)).status).toBe(404);
  });
});
