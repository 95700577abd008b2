// One attempt, in the drawer and on its page: what it says of facts, guards, clamps, orders, fills and times, what it
// says when a part of that is gone or damaged, and that hostile text stays text.
import { describe, expect, it } from 'vitest';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { encodeFacts } from '../../../domain/explain/facts-codec.ts';
import type { CopyAttemptRecord, OutboxRecord } from '../../../domain/records/records.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { attemptRecord } from '../../../durable-objects/wallet/attempt-record.ts';
import { initialControl, saveControl } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import {
  A_SALE,
  at,
  both,
  type Change,
  decideExample,
  exampleFacts,
  exampleSettings,
  LEADER,
  levels,
  NOW,
  sh,
  usd,
} from '../../domain/decide/example-facts.ts';
import {
  attempt,
  copyFill,
  groupMember,
  leaderFill,
  liveFill,
  liveOrder,
  market,
  ORDER_ID,
  type Part,
  shadowOrder,
} from '../../ledger/records.ts';
import { writeRows } from '../../ledger/write-rows.ts';
import { type Harness, signedIn, wordsIn } from '../harness.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\'&';
const PARTIAL = { 'hx-request-type': 'partial' };
const { intent } = exampleFacts();
const NO_FILL = { shareMicros: sh('0'), notionalMicros: usd('0'), feeMicros: usd('0') };

/** The attempt that a Wallet records of the example, made with the real encoding; a test names what differs. */
function recordOf(change: Change = {}, part: Part<CopyAttemptRecord> = {}): CopyAttemptRecord {
  const decision = decideExample(change);
  const record = attemptRecord({
    mode: 'PAPER',
    facts: exampleFacts(change),
    decision,
    word: decision.kind,
    reasons: decision.kind === 'SKIP' ? decision.reasons : [],
    filled: NO_FILL,
    dueAtMs: null,
    settingsVersion: 2,
    revision: 1,
  });
  return attempt({ ...record, ...part });
}

interface Given {
  readonly rows: readonly OutboxRecord[];
  /** Settings of both modes in version 2, beside the example's. */
  readonly change?: Change;
  readonly label?: string;
}

/** An app with the rows, whose control document of version 2 has the example's settings. */
async function appWith({ rows, change = {}, label = 'Slow whale' }: Given): Promise<Harness> {
  const app = await signedIn();
  const first = initialControl();
  await saveControl(app.env.DB, {
    previousVersion: 0,
    control: first,
    commandId: 'a',
    actor: 'operator',
    audit: [],
    nowMs: NOW,
  });
  const settings = exampleSettings(change);
  const user = {
    leaderAddress: LEADER,
    label,
    paperEnabled: true,
    liveOverride: 'INHERIT' as const,
    liveEntries: 'ON' as const,
    followFromMs: 0,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
  };
  const control = { ...first, settings: { PAPER: settings, LIVE: settings }, followedUsers: [user] };
  await saveControl(app.env.DB, {
    previousVersion: 1,
    control,
    commandId: 'b',
    actor: 'operator',
    audit: [],
    nowMs: NOW,
  });
  await writeRows(app.env.DB, rows);
  return app;
}

const pathOf = ({ mode, leaderAddress, groupKey }: CopyAttemptRecord): string =>
  `/${mode === 'LIVE' ? 'live' : 'paper'}-trades/${leaderAddress}/${groupKey}`;

/** The panel of the attempt without tags and runs of space, so that a test reads what a person reads. */
async function panelOf(app: Harness, record: CopyAttemptRecord): Promise<string> {
  const response = await app.get(pathOf(record), PARTIAL);
  expect(response.status).toBe(200);
  return wordsIn(await response.text());
}

const DOLLAR_MARKET = market({ tokenId: intent.tokenId, conditionId: intent.conditionId });

describe('one attempt', () => {
  it('comes alone for the drawer, and as a page with a way back for a browser', async () => {
    const record = recordOf();
    const app = await appWith({ rows: [record, DOLLAR_MARKET] });
    const part = await app.get(pathOf(record), PARTIAL);
    expect(part.headers.get('vary')).toContain('HX-Request-Type');
    const panel = await part.text();
    expect(panel).toMatch(/^<article><h2>/);
    const page = await (await app.get(pathOf(record))).text();
    expect(page).toContain('<html');
    expect(page).toContain('href="/paper-trades">Back to Paper Trades</a>');
    expect(page).toContain(panel);
    const live = recordOf({}, { mode: 'LIVE' });
    const livePage = await (await (await appWith({ rows: [live] })).get(pathOf(live))).text();
    expect(livePage).toContain('href="/live-trades">Back to Live Trades</a>');
  });

  it('that is not there is said so, in the drawer and as a page, and a database that is down too', async () => {
    const app = await appWith({ rows: [] });
    for (const list of ['paper-trades', 'live-trades']) {
      const path = `/${list}/${LEADER}/none`;
      const part = await app.get(path, PARTIAL);
      expect([part.status, await part.text()]).toEqual([
        404,
        expect.stringMatching(/^<article>.*no such copy/),
      ]);
      expect((await app.get(path)).status).toBe(404);
      expect((await app.get(`/${list}/nobody/none`, PARTIAL)).status).toBe(404);
    }
    app.fake.failing(true);
    const down = await app.get(`/paper-trades/${LEADER}/none`, PARTIAL);
    expect([down.status, await down.text()]).toEqual([
      500,
      expect.stringMatching(/^<article>.*did not answer/),
    ]);
  });

  it('of one mode is not found under the other', async () => {
    const record = recordOf();
    const app = await appWith({ rows: [record] });
    expect((await app.get(`/live-trades/${LEADER}/${record.groupKey}`)).status).toBe(404);
  });

  it('is linked from the lists into the drawer, and from the leader’s trades too', async () => {
    const record = recordOf();
    const live = recordOf({}, { mode: 'LIVE' });
    const fill = leaderFill({ leaderAddress: LEADER, groupKey: record.groupKey });
    const order = liveOrder({ groupKey: live.groupKey, idempotencyKey: live.idempotencyKey });
    const app = await appWith({ rows: [record, live, fill, order] });
    const link = (path: string) =>
      `href="${path}" hx-get="${path}" hx-target="#drawer-body" hx-swap="innerHTML"`;
    for (const list of ['/paper-trades', '/trades', '/part/trades']) {
      expect(await (await app.get(list)).text(), list).toContain(link(pathOf(record)));
    }
    for (const list of ['/live-trades?list=copies', '/live-trades?list=orders']) {
      expect(await (await app.get(list)).text(), list).toContain(link(pathOf(live)));
    }
  });
});

describe('the panel', () => {
  it('of a pending copy says what it waits for and until when; filled, how long the wait was (A55)', async () => {
    const dueAtMs = NOW + 3_150;
    const pending = recordOf({}, { reasons: ['PAPER_PENDING'], dueAtMs });
    const app = await appWith({ rows: [pending] });
    const panel = await panelOf(app, pending);
    expect(panel).toContain('Pending, on paper');
    const when = new Date(dueAtMs).toISOString().slice(0, 19).replace('T', ' ');
    expect(panel).toContain(
      `it fills on the order book of ${when} UTC, 3.1 s after the decision, as a live order would`,
    );
    expect(panel).toContain('Waits as long as a live order would take PAPER_PENDING');
    expect(panel).toContain('Our fills Nothing is filled yet.');
    expect(panel).toMatch(/Due on paper .* 3\.1 s/);
    const filled = {
      filledShareMicros: sh('30'),
      filledNotionalMicros: usd('15'),
      vwapPriceMicros: at('0.5'),
    };
    await writeRows(app.env.DB, [{ ...pending, ...filled, reasons: [], revision: 2 }]);
    const after = await panelOf(app, pending);
    expect(after).toContain('Copied, on paper');
    expect(after).toMatch(/Due on paper .* 3\.1 s/);
  });

  it('says in a sentence what the leader did, what we did, and why', async () => {
    const skipped = recordOf({ book: { bids: [], asks: [] } });
    const app = await appWith({ rows: [skipped, DOLLAR_MARKET] });
    const text = await panelOf(app, skipped);
    expect(text).toContain('Slow whale bought Will it rain in Lisbon on Friday? Yes for $200.00 at 50¢');
    expect(text).toContain(
      'We did not copy it: the spread is too wide; nobody offers within the price bounds. ',
    );
    expect(text).toContain('The spread is too wide SPREAD_TOO_WIDE');
  });

  it.each([
    ['We wanted to buy 39.21 shares at 51¢ on paper, and nothing is filled.', {}, {}],
    [
      'We bought 39.21 shares for $19.61 at 50¢ on paper, 100.0% of what we wanted.',
      {},
      { filledShareMicros: 39_210_000n, filledNotionalMicros: 19_605_000n, vwapPriceMicros: 500_000n },
    ],
    [
      'In shadow: an order for $20.00 was recorded, and none was placed.',
      {},
      { mode: 'LIVE', reasons: ['LIVE_SHADOW_ONLY'] },
    ],
    [
      'with real money, and nothing is filled: the order met no liquidity.',
      {},
      { mode: 'LIVE', reasons: ['LIVE_NO_FILL'] },
    ],
    [
      'Our sale waits: waits until the shares to sell are final.',
      A_SALE,
      { mode: 'LIVE', decision: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'] },
    ],
    ['The operator asked to sell what is left after Slow whale of', A_SALE, { sourceType: 'CLOSE' }],
    [
      'while it was not known how much they held; by now it is.',
      both(A_SALE, { intent: { exit: { kind: 'CORRECTION', shareMicros: sh('10') } } }),
      { sourceType: 'CORRECTION' },
    ],
    [
      '(3 fills) were gathered: for us a purchase of $200.00 at 50¢.',
      {},
      { sourceType: 'BUFFER', fillCount: 3 },
    ],
  ] as const)('says “%s”', async (sentence, change: Change, part: Part<CopyAttemptRecord>) => {
    const record = recordOf(change, part);
    expect(await panelOf(await appWith({ rows: [record] }), record)).toContain(sentence);
  });

  it('shows the guard that stopped it first and by itself, with value, limit and reason', async () => {
    const record = recordOf({ intent: { leaderEventAtMs: NOW - 60_001 } });
    const html = await (await (await appWith({ rows: [record] })).get(pathOf(record), PARTIAL)).text();
    const [shown = ''] = html.slice(html.indexOf('<h3>Guards')).split('<details>');
    expect(shown).toContain('<tr class="stopped"><td data-label="Guard">Age of the leader’s trade</td>');
    // Both would read "1 min": two amounts that differ never look equal.
    expect(shown).toContain('60001 ms');
    expect(shown).toContain('at most 60000 ms');
    expect(shown).toContain('<code>EVENT_TOO_OLD</code>');
    expect(shown.match(/<tr class="stopped"/g)).toHaveLength(1);
    expect(html).toMatch(/<summary>\d+ passed<\/summary>/);
    expect(html).toMatch(/<summary>\d+ not reached<\/summary>/);
  });

  it('takes the limits from the settings of that version with the leader’s own on top, not from those of now', async () => {
    const record = recordOf({ settings: { spreadPriceMicrosMax: 5_000 } }, {});
    const app = await appWith({ rows: [record], change: { settings: { spreadPriceMicrosMax: 5_000 } } });
    const now = { ...initialControl() };
    await saveControl(app.env.DB, {
      previousVersion: 2,
      control: now,
      commandId: 'c',
      actor: 'operator',
      audit: [],
      nowMs: NOW,
    });
    const text = await panelOf(app, record);
    expect(text).toContain('1¢ at most 0.5¢ Stopped');
    expect(text).toContain('Replayed from these facts: the same decision.');
  });

  it('takes the leader’s own settings of that version', async () => {
    const change = { settings: { maxTradeNotionalMicros: 10_000_000 } };
    const record = recordOf(change);
    const app = await appWith({ rows: [record] });
    expect(await panelOf(app, record)).toContain('Replay differs:');
    const control = initialControl();
    const user = {
      leaderAddress: LEADER,
      label: 'x',
      paperEnabled: true,
      liveOverride: 'INHERIT' as const,
      liveEntries: 'ON' as const,
      followFromMs: 0,
      removed: false,
      overrides: { PAPER: { maxTradeNotionalMicros: 10_000_000 }, LIVE: {} },
    };
    const settings = { PAPER: exampleSettings(), LIVE: exampleSettings() };
    const next = { ...control, settings, followedUsers: [user] };
    await saveControl(app.env.DB, {
      previousVersion: 2,
      control: next,
      commandId: 'c',
      actor: 'operator',
      audit: [],
      nowMs: NOW,
    });
    const later = attempt({ ...record, groupKey: 'later', idempotencyKey: 'later', settingsVersion: 3 });
    await writeOutbox(app.env.DB, [later]);
    expect(await panelOf(app, later)).toContain('Replayed from these facts: the same decision.');
  });

  it('shows the clamps in their order, each with what it made of the size', async () => {
    const change = {
      settings: { maxTradeNotionalMicros: 10_000_000 },
      book: { asks: levels('0.50x10') },
    };
    const record = recordOf(change);
    const text = await panelOf(await appWith({ rows: [record], change }), record);
    expect(text).toContain(
      'cut to the largest trade: $20.00 → $10.00 cut to the depth of the book: 19.60 → 7.84 shares',
    );
  });

  it('shows the top of both sides of the book that was seen, with its age, and what else was known', async () => {
    const record = recordOf();
    const text = await panelOf(await appWith({ rows: [record] }), record);
    expect(text).toContain('50 ms old; 2 bids and 2 asks were kept');
    expect(text).toContain('1,000.00 49¢ 50¢ 1,000.00');
    expect(text).toContain('Total exposure $1,000.00 (10.0%)');
  });

  it.each([
    [
      { kind: 'FRACTION', soldShareMicros: sh('120'), heldShareMicros: sh('480') },
      '120.00 of their 480.00 shares',
    ],
    [{ kind: 'SHARES', shareMicros: sh('10') }, '10.00 of our shares'],
    [{ kind: 'CORRECTION', shareMicros: sh('10') }, '10.00 of our shares besides'],
    [null, 'not known'],
  ] as const)('says which part a sale was to sell: %o', async (exit, words) => {
    const record = recordOf(both(A_SALE, { intent: { exit } }));
    const text = await panelOf(await appWith({ rows: [record] }), record);
    expect(text).toContain(`Part of the exit ${words} `);
  });

  it('shows paper fills level by level, and the leader’s fills behind the attempt', async () => {
    const record = recordOf({}, { fillCount: 3, filledShareMicros: 12n });
    const { groupKey, idempotencyKey } = record;
    const ours = (level: number, priceMicros: bigint) =>
      copyFill({ fillKey: `${idempotencyKey}:${level}`, groupKey, priceMicros, filledAtMs: NOW });
    const theirs = (fillId: string, part: object) =>
      leaderFill({
        fillId,
        tokenId: intent.tokenId,
        groupKey,
        eventAtMs: NOW - 500,
        detectedAtMs: NOW,
        ...part,
      });
    const app = await appWith({
      rows: [
        record,
        ours(10, 530_000n),
        ours(2, 520_000n),
        ours(0, 510_000n),
        copyFill({ fillKey: `${idempotencyKey}0:0`, priceMicros: 990_000n }),
        theirs('f1', { priceMicros: 490_000n }),
        theirs('f2', { priceMicros: 500_000n }),
        theirs('f3', { priceMicros: 110_000n, groupKey: 'another' }),
        theirs('f4', { priceMicros: 120_000n, eventAtMs: NOW - 90_000 }),
      ],
    });
    const text = await panelOf(app, record);
    const own = text.slice(text.indexOf('Our fills'), text.indexOf('Time of each step'));
    expect(own.match(/\d+¢/g)).toEqual(['51¢', '52¢', '53¢']);
    const behind = text.slice(text.indexOf('The leader’s fills'));
    expect(behind.match(/\d+¢/g)).toEqual(['49¢', '50¢']);
    expect(behind).toContain('Not shown here: 1 of 3.');
  });

  it('finds the leader’s fills of a buffered copy through the groups that it gathered', async () => {
    const record = recordOf({}, { sourceType: 'BUFFER', fillCount: 1, groupKey: 'gathered' });
    const fill = leaderFill({
      tokenId: intent.tokenId,
      groupKey: 'small',
      eventAtMs: NOW - 400_000,
      priceMicros: 370_000n,
    });
    const app = await appWith({
      rows: [record, fill, groupMember({ memberId: 'small', groupKey: 'gathered' })],
    });
    const text = await panelOf(app, record);
    expect(text.slice(text.indexOf('The leader’s fills'))).toContain('37¢');
    expect(text).not.toContain('Not shown here');
  });

  it('says that fills are not there when the attempt counts some', async () => {
    const record = recordOf({}, { filledShareMicros: 1_000_000n });
    expect(await panelOf(await appWith({ rows: [record] }), record)).toContain('have no rows here (yet)');
  });
});

describe('the panel of a live copy', () => {
  const live = (part: Part<CopyAttemptRecord> = {}, change: Change = {}) =>
    recordOf(change, { mode: 'LIVE', idempotencyKey: 'key-1', ...part });

  it('shows the order, its fills and the time of each step, from the one before and from the leader’s trade', async () => {
    const record = live();
    const order = liveOrder({
      groupKey: record.groupKey,
      createdAtMs: NOW + 2,
      submittedAtMs: NOW + 5,
      answeredAtMs: NOW + 55,
      finalAtMs: NOW + 105,
    });
    const fill = liveFill({ matchedAtMs: NOW, seenAtMs: NOW + 60 });
    const text = await panelOf(await appWith({ rows: [record, order, fill, shadowOrder()] }), record);
    const times = text.slice(text.indexOf('Time of each step'), text.indexOf('The leader’s fills'));
    const steps = [...times.matchAll(/([A-Z][a-z ]+) 2026-11-20 [\d:]+ UTC (–|[\d.]+ m?s) (–|[\d.]+ m?s)/g)];
    expect(steps.map(([, label, after, since]) => `${label} ${after} ${since}`)).toEqual([
      'Leader traded – –',
      'Seen 400 ms 400 ms',
      'Decided 100 ms 500 ms',
      'Order made 2 ms 502 ms',
      'Sent 3 ms 505 ms',
      'Answered 50 ms 555 ms',
      'First fill seen 5 ms 560 ms',
      'Final 45 ms 605 ms',
    ]);
    for (const word of [
      ORDER_ID,
      'none: it was never sent',
      'Matched',
      '{&quot;order&quot;:{&quot;side&quot;:&quot;BUY&quot;}',
    ]) {
      expect(text).toContain(word);
    }
  });

  /** The lines of the times, without the moments. */
  const stepsOf = (text: string): string[] => {
    const times = text.slice(text.indexOf('After the leader’s trade'), text.indexOf('The leader’s fills'));
    return [
      ...times.matchAll(
        /([A-Z][a-z ]+?) (?:(?:, first at )?2026-[^A-Z]+ UTC )*(–|[\d.]+ m?s) (–|[\d.]+ m?s)/g,
      ),
    ].map(([, label, after, since]) => `${label} ${after} ${since}`);
  };

  it('counts from the newest of the leader’s fills, and has what waited by our own rule as a step (A57)', async () => {
    const newest = { eventAtMs: NOW - 34_000, detectedAtMs: NOW - 32_000, ownWaitMs: 30_500 };
    const record = live({}, { intent: { leaderEventAtMs: NOW - 40_000, newest } });
    const text = await panelOf(await appWith({ rows: [record] }), record);
    expect(stepsOf(text)).toEqual([
      'Leader traded – –',
      'Seen 2.0 s 2.0 s',
      'Waited by our own rule 30.5 s 32.5 s',
      'Decided 1.5 s 34.0 s',
    ]);
    const traded = new Date(NOW - 34_000).toISOString().slice(11, 19);
    const first = new Date(NOW - 40_000).toISOString().slice(11, 19);
    expect(text).toMatch(new RegExp(`Leader traded [-\\d]+ ${traded} UTC , first at [-\\d]+ ${first} UTC`));
  });

  it('of an attempt of an earlier release counts from the oldest fill, and names no wait', async () => {
    const record = live({}, { intent: { leaderEventAtMs: NOW - 40_000, newest: null } });
    const text = await panelOf(await appWith({ rows: [record] }), record);
    expect(stepsOf(text)).toEqual(['Leader traded – –', 'Seen 39.9 s 39.9 s', 'Decided 100 ms 40.0 s']);
    expect(text).not.toContain('first at');
  });

  it('has no empty cell, as an amount that was printed as a bigint would leave', async () => {
    const record = live({ filledShareMicros: 11_600_000n, filledNotionalMicros: 4_872_000n });
    const app = await appWith({ rows: [record, liveOrder(), liveFill(), shadowOrder()] });
    const html = await (await app.get(pathOf(record), PARTIAL)).text();
    expect(html.match(/<(td|dd|dt|li|small|code|strong)[^>]*>\s*<\/\1>/g)).toBeNull();
  });

  it('leaves out the steps that have not happened', async () => {
    const record = live(
      { decision: 'SKIP', reasons: ['LIVE_WS_DOWN'] },
      { intent: { presetReason: 'LIVE_WS_DOWN' } },
    );
    const text = await panelOf(await appWith({ rows: [record] }), record);
    expect(text).toContain('No order came of it.');
    const times = text.slice(text.indexOf('Time of each step'), text.indexOf('The leader’s fills'));
    for (const absent of ['Order made', 'Sent', 'Answered', 'First fill', 'Final'])
      expect(times).not.toContain(absent);
  });

  it('shows a refusal by the last check, and a sale that waits, as what they are', async () => {
    const reasons: readonly ReasonCode[] = ['LIVE_INSUFFICIENT_FUNDS'];
    const denied = live({ decision: 'SKIP', reasons });
    const text = await panelOf(await appWith({ rows: [denied] }), denied);
    expect(text).toContain('The live Wallet refused it at its last check before sending');
    expect(text).not.toContain('Replay differs');
    const waits = live({ decision: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'] }, A_SALE);
    const waiting = await panelOf(await appWith({ rows: [waits] }), waits);
    expect(waiting).toContain('lets the sale wait for shares that are not final yet');
    expect(waiting).not.toContain('Replay differs');
    const queued = live({ decision: 'WAIT', reasons: ['LIVE_WAITING_FOR_SLOT'] });
    const inTurn = await panelOf(await appWith({ rows: [queued] }), queued);
    expect(inTurn).toContain('Our purchase waits: waits until the venue has answered earlier calls');
    expect(inTurn).toContain('lets it wait for its turn');
    expect(inTurn).not.toContain('Replay differs');
  });
});

describe('what is gone or damaged', () => {
  it('a replay that differs is said loudly, with both decisions', async () => {
    const record = recordOf({}, { decision: 'SKIP', reasons: ['BOOK_STALE'] });
    const app = await appWith({ rows: [record] });
    expect(await panelOf(app, record)).toContain(
      'Replay differs: the decision. Recorded: Skipped BOOK_STALE, $20.00. Replayed: Copied, $20.00.',
    );
    const html = await (await app.get(pathOf(record), PARTIAL)).text();
    expect(html).toContain('<p class="error" role="alert"><strong>Replay differs:');
  });

  it('facts that are no longer kept are said to be so, and the rest is shown', async () => {
    const record = recordOf({}, { facts: '' });
    const text = await panelOf(await appWith({ rows: [record] }), record);
    expect(text).toContain('The facts are no longer kept (90 days)');
    for (const left of ['Leader’s amount $200.00', 'Nothing changed it.', 'Decided'])
      expect(text).toContain(left);
  });

  it('settings that are not in the database, or cannot be read, are said to be so, and the facts are shown', async () => {
    const record = recordOf({}, { settingsVersion: 77 });
    const app = await appWith({ rows: [record] });
    const text = await panelOf(app, record);
    expect(text).toContain('The settings of version 77 are not in the database');
    expect(text).toContain('50 ms old');
    const older = attempt({ ...record, groupKey: 'older', idempotencyKey: 'older', settingsVersion: 1 });
    await writeOutbox(app.env.DB, [older]);
    for (const damage of ['{"version":1}', 'no json']) {
      app.fake.sqlite.prepare('UPDATE control_versions SET control = ? WHERE version = 1').run(damage);
      expect(await panelOf(app, older)).toContain('The settings of version 1 cannot be read');
    }
  });

  it('a decision from before the first document was made on the defaults', async () => {
    const record = recordOf({ settings: defaultSettings('PAPER') }, { settingsVersion: 0 });
    const app = await appWith({ rows: [record] });
    expect(await panelOf(app, record)).toContain('Replayed from these facts: the same decision.');
  });

  const good = encodeFacts(exampleFacts());
  it.each([
    ['no JSON', 'not json'],
    ['nothing in it', '{}'],
    ['null', 'null'],
    ['a part missing', '{"book":null}'],
    ['an amount that is text', good.replace(/"cashMicros":\d+/, '"cashMicros":"much"')],
    ['an amount that is a fraction', good.replace(/"cashMicros":\d+/, '"cashMicros":0.5')],
    ['an amount missing', good.replace(/"cashMicros":\d+,/, '')],
    ['a tick of zero', good.replace(/"tickPriceMicros":\d+/, '"tickPriceMicros":0')],
    ['a book of nonsense', good.replace(/"asks":"[^"]*"/, '"asks":"a:b"')],
    ['an unknown reason', good.replace('"presetReason":null', '"presetReason":"BECAUSE"')],
    ['another side', good.replace('"side":"BUY"', '"side":"SELL"')],
    ['hostile text', HOSTILE],
  ])('facts with %s are said to be damaged, and never fail the page', async (_what, facts) => {
    expect(facts).not.toBe(good);
    const record = recordOf({}, { facts });
    const app = await appWith({ rows: [record] });
    const text = await panelOf(app, record);
    expect(text).toContain('The stored facts are damaged');
    expect(text).toContain('Leader’s amount $200.00');
    expect((await app.get(pathOf(record))).status).toBe(200);
  });
});

describe('hostile text', () => {
  it('is only ever text, in the panel and on the page', async () => {
    const record = recordOf({}, { mode: 'LIVE', idempotencyKey: 'key-1', facts: HOSTILE });
    const app = await appWith({
      rows: [
        record,
        { ...DOLLAR_MARKET, title: HOSTILE, outcome: HOSTILE, slug: HOSTILE },
        liveOrder({ state: 'REJECTED', lastError: HOSTILE, publicBody: HOSTILE }),
        liveFill({ txHash: HOSTILE, tradeId: HOSTILE }),
      ],
      label: HOSTILE,
    });
    for (const headers of [{}, PARTIAL]) {
      const html = await (await app.get(pathOf(record), headers)).text();
      expect(html).not.toContain('<img');
      expect(html.match(/&lt;img src=x onerror=alert\(1\)&gt;/g)?.length).toBeGreaterThan(5);
    }
  });
});
