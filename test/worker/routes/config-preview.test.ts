/** Trying typed settings on the last 24 hours, through the front door: exact sums over many chunks, and nothing written. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { encodeFacts } from '../../../domain/explain/facts-codec.ts';
import type { TradingMode } from '../../../domain/ids.ts';
import type { CopyAttemptRecord } from '../../../domain/records/records.ts';
import { defaultSettings, type ModeSettings } from '../../../domain/settings/settings.ts';
import { readControl } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { fieldsOf } from '../../../views/words/settings-fields.ts';
import { type Change, exampleFacts, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { AT, attempt, LEADER, market, OTHER_LEADER, type Part } from '../../ledger/records.ts';
import { writeRows, writerOf } from '../../ledger/write-rows.ts';
import type { Harness } from '../harness.ts';
import { formOf, settingsForm, withLeader, wordsOf } from './config-form.ts';

const HOUR = 3_600_000;
const PARTIAL = { 'hx-request-type': 'partial' };

/** The row that a Wallet writes of its own decision under these settings. */
function decided(
  name: string,
  change: Change = {},
  part: Part<CopyAttemptRecord> & { readonly settings?: ModeSettings } = {},
): CopyAttemptRecord {
  const { settings = defaultSettings('PAPER'), ...columns } = part;
  const facts: DecisionFacts = exampleFacts(change);
  const { intent } = facts;
  const decision = decide(facts, settings);
  return attempt({
    groupKey: name,
    idempotencyKey: `key-${name}`,
    tokenId: intent.tokenId,
    conditionId: intent.conditionId,
    side: intent.side,
    sourceType: intent.sourceType,
    decision: decision.kind,
    reasons: decision.kind === 'SKIP' ? decision.reasons : [],
    clamps: decision.clamps.map((step) => step.clamp),
    targetNotionalMicros: decision.targetNotionalMicros,
    targetShareMicros: decision.targetShareMicros,
    limitPriceMicros: decision.kind === 'EXECUTE' ? decision.plan.limitPriceMicros : null,
    settingsVersion: 1,
    decidedAtMs: AT - HOUR,
    facts: encodeFacts(facts),
    ...columns,
  });
}

async function withAttempts(rows: readonly CopyAttemptRecord[]): Promise<Harness> {
  const app = await withLeader();
  await writeRows(app.env.DB, rows);
  return app;
}

/** Tries the form with these fields changed; presses "Go on" as often as the page asks for it. */
async function tried(app: Harness, path: string, typed: Record<string, string>, headers = {}) {
  const pages: string[] = [];
  let form = { ...(await settingsForm(app, path)), ...typed };
  for (let presses = 0; presses < 20; presses += 1) {
    const response = await app.post('/config/preview', form, presses === 0 ? {} : headers);
    const html = await response.text();
    expect(response.status, wordsOf(html)).toBe(200);
    pages.push(html);
    if (!html.includes('Go on</button>')) return { pages, html, words: wordsOf(panelOf(html)) };
    form = formOf(html, '/config/preview');
  }
  throw new Error('the preview does not come to an end');
}

function panelOf(html: string): string {
  const start = html.indexOf('<section class="card" id="preview"');
  return html.slice(start, html.indexOf('</section>', start));
}

/** All that D1 holds, so that a test can show that nothing was written. */
function everything(app: Harness): unknown {
  const tables = app.fake.sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'market_search%'")
    .all();
  return tables.map(({ name }) => [name, app.fake.sqlite.prepare(`SELECT * FROM "${String(name)}"`).all()]);
}

// $2,000 of a leader at 1 % is a copy of $20.
const BUY: Change = { intent: { leaderNotionalMicros: usd('2000') } };
const OLD: Change = { intent: { leaderNotionalMicros: usd('2000'), leaderEventAtMs: AT - 90_000 } };

const writeMany = writerOf(() => Array.from({ length: 300 }, (_, index) => decided(`group-${index}`, BUY)));

/** With more attempts than one part of a preview takes. */
async function withManyAttempts(): Promise<Harness> {
  const app = await withLeader();
  await writeMany(app.env.DB);
  return app;
}

describe('a preview of settings', () => {
  it('counts what would be copied, skipped and resized, with targets, reasons and links', async () => {
    const app = await withAttempts([
      decided('group-buy', BUY),
      decided('group-old', OLD, { decidedAtMs: AT - 2 * HOUR }),
      decided('group-blank', BUY, { facts: '' }),
      decided('group-damaged', BUY, { facts: '{"book":null}' }),
    ]);
    await writeOutbox(app.env.DB, [market({ tokenId: TOKEN, title: '<b>Rain</b>?', outcome: 'Yes' })]);
    const { html, words } = await tried(app, '/config', { copyRateBps: '2', copyAgeMsMax: '120' });
    expect(words).toContain('2 decisions tried again, 2 would differ.');
    expect(words).toContain('skipped then, would be copied 1');
    expect(words).toContain('with another size or price limit 1');
    expect(words).toContain('facts are missing or damaged 2');
    expect(words).toContain('Buys $20.00 $80.00 +$60.00');
    expect(words).toContain('The trade was too old when we saw it 0 1');
    expect(words).toContain('Copy this part of a leader’s trade 1 % → 2 %');
    expect(html).toContain(`href="/paper-trades/${LEADER}/group-buy"`);
    expect(html).toContain(`href="/paper-trades/${LEADER}/group-old"`);
    expect(html).toContain('Yes, &lt;b&gt;Rain');
  });

  it('goes through more than one chunk, newest first, and comes to exact sums; a script gets the panel alone', async () => {
    const rows = Array.from({ length: 620 }, (_, index) =>
      decided(`group-${String(index).padStart(4, '0')}`, index % 10 === 0 ? OLD : BUY, {
        // Many in the same millisecond, so that the end of a chunk falls among them.
        decidedAtMs: AT - Math.floor(index / 100) * HOUR,
      }),
    );
    const app = await withAttempts(rows);
    const plain = await tried(app, '/config', { copyRateBps: '3' });
    const scripted = await tried(app, '/config', { copyRateBps: '3' }, PARTIAL);
    for (const { pages, words } of [plain, scripted]) {
      expect(pages).toHaveLength(3);
      expect(words).toContain('620 decisions tried again, 558 would differ.');
      expect(words).toContain('stay as they were 62');
      expect(words).toContain('Buys $11,160.00 $33,480.00 +$22,320.00');
      expect(words.match(/with another size or price limit \$20.00 \$60.00/g)).toHaveLength(10);
    }
    expect(plain.pages[1]).toContain('<html');
    expect(scripted.pages[1]).toMatch(/^<section class="card" id="preview"/);
    expect(scripted.pages[1]).toContain('hx-trigger="load"');
    expect(scripted.pages[0]).toMatch(/<progress max="100" value="\d+"/);
    expect(scripted.pages[2]).not.toContain('hx-trigger');
  });

  it('looks at the last 24 hours, and at one leader or one mode where the form is about that', async () => {
    const live = { mode: 'LIVE', settings: defaultSettings('LIVE') } as const;
    const app = await withAttempts([
      decided('group-now', BUY, { decidedAtMs: AT + 60_000 }),
      decided('group-edge', BUY, { decidedAtMs: AT + 60_000 - 24 * HOUR }),
      decided('group-late', BUY, { decidedAtMs: AT + 60_001 }),
      decided('group-gone', BUY, { decidedAtMs: AT + 59_999 - 24 * HOUR }),
      decided('group-other', BUY, { leaderAddress: OTHER_LEADER }),
      decided('group-live', BUY, live),
    ]);
    const of = async (path: string) => (await tried(app, path, { copyRateBps: '2' })).words;
    expect(await of('/config')).toContain('3 decisions tried again');
    expect(await of(`/config?leader=${LEADER}`)).toContain('2 decisions tried again');
    expect(await of('/config?mode=LIVE')).toContain('1 decision tried again');
  });

  it('decides for each leader with their own settings', async () => {
    const app = await withAttempts([
      decided('group-1', BUY),
      decided('group-2', BUY, { leaderAddress: OTHER_LEADER }),
    ]);
    const own = await settingsForm(app, `/config?leader=${LEADER}`);
    await app.post('/config/settings', { ...own, copyRateBps: '1' });
    const { words } = await tried(app, '/config', { copyRateBps: '2' });
    expect(words).toContain('2 decisions tried again, 1 would differ.');
    expect(words).toContain('Buys $40.00 $60.00 +$20.00');
  });

  it('says that nothing differs for the settings of then, and lists which changes no decision looks at', async () => {
    const app = await withAttempts([decided('group-1', BUY), decided('group-2', OLD)]);
    expect((await tried(app, '/config', {})).words).toContain('2 decisions tried again, 0 would differ.');
    const { words } = await tried(app, '/config', { bufferEnabled: 'on', carryAgeMsMax: '60' });
    expect(words).toContain('0 would differ.');
    expect(words).toContain('show no effect here: A carry is dropped after, Gather small trades.');
  });

  it('says so when there was nothing to decide', async () => {
    const { words } = await tried(await withLeader(), '/config', { copyRateBps: '2' });
    expect(words).toContain('There was no decision in the last 24 hours');
  });

  it('takes no end by the executor for an effect of the change, and measures by the settings of then', async () => {
    const live = defaultSettings('LIVE');
    const refused = { decision: 'SKIP', limitPriceMicros: null, mode: 'LIVE' } as const;
    const app = await withAttempts([
      decided('group-funds', BUY, { ...refused, settings: live, reasons: ['LIVE_INSUFFICIENT_FUNDS'] }),
      // Decided under version 1, at 1 %; version 2 copies 2 %.
      decided('group-waits', BUY, {
        ...refused,
        settings: live,
        decision: 'WAIT',
        reasons: ['LIVE_WAITING_FOR_SHARES'],
      }),
      decided(
        'group-gate',
        { ...BUY, intent: { ...BUY.intent, presetReason: 'LIVE_WS_DOWN' } },
        { mode: 'LIVE', settings: live },
      ),
    ]);
    await app.post('/config/settings', {
      ...(await settingsForm(app, '/config?mode=LIVE')),
      copyRateBps: '0.5',
    });
    const same = await tried(app, '/config?mode=LIVE', { copyRateBps: '1' });
    expect(same.words).toContain('3 decisions tried again, 0 would differ.');
    const half = await tried(app, '/config?mode=LIVE', {});
    expect(half.words).toContain('with another size or price limit 2');
    expect(half.words).toContain('Buys $40.00 $20.00 -$20.00');
    expect(half.html).toContain(`href="/live-trades/${LEADER}/group-funds"`);
  });

  it('measures by the settings of today where those of then are gone', async () => {
    const row = decided('group-1', BUY, {
      mode: 'LIVE',
      settings: defaultSettings('LIVE'),
      decision: 'SKIP',
      reasons: ['LIVE_NO_SLOT'],
      settingsVersion: 77,
    });
    const { words } = await tried(await withAttempts([row]), '/config?mode=LIVE', { copyRateBps: '0.5' });
    expect(words).toContain('Buys $20.00 $10.00 -$10.00');
  });

  it('leads to saving exactly what was tried, or back to editing it', async () => {
    const app = await withAttempts([decided('group-1', BUY)]);
    const { html } = await tried(app, '/config', {
      copyRateBps: '2.50',
      marketBlacklist: `0x${'d'.repeat(64)}`,
    });
    expect(formOf(html, '/config/settings', 'id="settings"')).toMatchObject({
      copyRateBps: '2.50',
      previousVersion: '1',
      marketBlacklist: `0x${'d'.repeat(64)}`,
    });
    expect((await app.post('/config/settings', formOf(panelOf(html), '/config/settings'))).status).toBe(303);
    const saved = (await readControl(app.env.DB))?.settings.PAPER;
    expect(saved).toMatchObject({ copyRateBps: 250, marketBlacklist: [`0x${'d'.repeat(64)}`] });
  });

  it('never writes anything, neither by its first part nor by the ones that follow', async () => {
    const app = await withManyAttempts();
    const before = everything(app);
    await tried(app, '/config', { copyRateBps: '3' });
    await tried(app, `/config?leader=${LEADER}`, { copyRateBps: '3' }, PARTIAL);
    await app.post('/config/preview', { ...(await settingsForm(app)), copyRateBps: 'x' });
    expect(everything(app)).toEqual(before);
    expect(app.calls.filter((one) => one.call !== 'status')).toEqual([]);
  });

  it('reads a bounded window by an index, whoever it is about', async () => {
    const app = await withAttempts([decided('group-1', BUY)]);
    await tried(app, '/config', {});
    await tried(app, `/config?leader=${LEADER}`, {});
    const queries = app.fake.queries.filter(
      (query) => query.includes('"facts"') && query.startsWith('select'),
    );
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const plan = app.fake.sqlite
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map((row) => String(row.detail));
      expect(plan.join('\n')).toMatch(
        /SEARCH copy_attempts USING INDEX copy_attempts_(time|leader) \(mode=\?/,
      );
      expect(plan.join('\n')).not.toContain('TEMP B-TREE');
    }
  });
});

describe('a preview of a form that cannot be saved', () => {
  it.each<TradingMode>(['PAPER', 'LIVE'])(
    'refuses every field of %s as saving does: 422, the fault beside it, what was typed kept, nothing saved',
    async (mode) => {
      const app = await withLeader();
      const path = `/config?mode=${mode}`;
      const form = await settingsForm(app, path);
      for (const field of fieldsOf(mode)) {
        for (const action of ['/config/settings', '/config/preview']) {
          const response = await app.post(action, { ...form, [field]: '<x>!' });
          const html = await response.text();
          expect(response.status, `${field} ${action}`).toBe(422);
          const wrong = [...html.matchAll(/<label class="field wrong">.*?<\/label>/gs)].map(([text]) => text);
          expect(wrong, field).toHaveLength(1);
          expect(wrong[0]).toContain(`name="${field}"`);
          expect(wrong[0]).toContain('role="alert"');
          if (!wrong[0]!.includes('<select')) expect(wrong[0]).toContain('&lt;x&gt;!');
        }
      }
      expect((await readControl(app.env.DB))?.version).toBe(1);
    },
  );

  it('is shown a contradiction, an unknown leader, and another tab', async () => {
    const app = await withLeader();
    const form = await settingsForm(app);
    const post = async (typed: Record<string, string>) => {
      const response = await app.post('/config/preview', { ...form, ...typed });
      return [response.status, wordsOf(await response.text())] as const;
    };
    expect(await post({ minTradeNotionalMicros: '251' })).toEqual([
      422,
      expect.stringContaining('larger than'),
    ]);
    expect(await post({ leaderAddress: OTHER_LEADER })).toEqual([
      422,
      expect.stringContaining('not followed'),
    ]);
    expect(await post({ leaderAddress: '<x>' })).toEqual([422, expect.stringContaining('not followed')]);
    await app.post('/config/settings', { ...form, copyRateBps: '2' });
    expect(await post({ copyRateBps: '3' })).toEqual([422, expect.stringContaining('in the meantime')]);
  });

  it('stops when the settings are changed while it runs', async () => {
    const app = await withManyAttempts();
    const first = await app.post('/config/preview', await settingsForm(app));
    const next = formOf(await first.text(), '/config/preview');
    await app.post('/config/settings', { ...(await settingsForm(app)), copyRateBps: '2' });
    const response = await app.post('/config/preview', next, PARTIAL);
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toMatch(/^<section/);
    expect(wordsOf(html)).toContain('changed by another tab or person while this was running');
    expect(html).not.toContain('hx-trigger="load"');
  });

  it('keeps its place when the database does not answer, and waits for the button', async () => {
    const app = await withManyAttempts();
    const first = await app.post('/config/preview', { ...(await settingsForm(app)), copyRateBps: '2' });
    const next = formOf(await first.text(), '/config/preview');
    app.fake.failing(true);
    const failed = await app.post('/config/preview', next, PARTIAL);
    const html = await failed.text();
    expect([failed.status, html]).toEqual([503, expect.stringContaining('did not answer')]);
    expect(html).not.toContain('hx-trigger="load"');
    app.fake.failing(false);
    const on = await app.post('/config/preview', formOf(html, '/config/preview'), PARTIAL);
    expect(wordsOf(await on.text())).toContain('300 decisions tried again, 300 would differ.');
  });
});

describe('hidden fields of a preview that somebody has written by hand', () => {
  const good = async (app: Harness) => {
    const first = await app.post('/config/preview', { ...(await settingsForm(app)), copyRateBps: '2' });
    return formOf(await first.text(), '/config/preview');
  };
  const sums = (part: Record<string, unknown>) => (text: string) =>
    JSON.stringify({ ...JSON.parse(text), ...part });

  it.each<[string, string, (text: string) => string]>([
    ['sums that are no JSON', 'previewSums', () => '{"effects"'],
    ['no sums', 'previewSums', () => ''],
    ['null', 'previewSums', () => 'null'],
    ['a list', 'previewSums', () => '[]'],
    ['counts below zero', 'previewSums', sums({ unreadable: -1 })],
    ['counts that are text', 'previewSums', sums({ unreadable: '<script>' })],
    ['a prototype', 'previewSums', (text) => text.replace('{', '{"__proto__":{"unreadable":7},')],
    [
      'a reason that is none',
      'previewSums',
      sums({ reasons: [{ reason: '<script>', appears: 1, vanishes: 0 }] }),
    ],
    [
      'an amount beyond all money',
      'previewSums',
      (text) => text.replace(/"\$n":"\d+"/, `"$n":"${'9'.repeat(40)}"`),
    ],
    ['an example that leads away', 'previewSums', (text) => text.replace(LEADER, '//evil.example/x')],
    [
      'an example of no time',
      'previewSums',
      (text) => text.replace(/"decidedAtMs":\d+/, '"decidedAtMs":9e15'),
    ],
    [
      'eleven examples',
      'previewSums',
      (text) => text.replace(/"examples":\[(\{.*?\}),/, '"examples":[$1,$1,'),
    ],
    ['no cursor', 'previewBefore', () => ''],
    ['a cursor that is none', 'previewBefore', () => "1~'; DROP TABLE copy_attempts; --"],
    ['a start in the future', 'previewStartedAtMs', () => '99999999999999'],
    ['a start long ago', 'previewStartedAtMs', () => '1'],
    ['a start that is none', 'previewStartedAtMs', () => '-1e9'],
  ])('%s begin the run again and never fail', async (_name, field, change) => {
    const app = await withManyAttempts();
    const form = await good(app);
    const hostile = { ...form, [field]: change(form[field] ?? '') };
    expect(hostile[field]).not.toBe(form[field]);
    for (const headers of [PARTIAL, {}]) {
      const response = await app.post('/config/preview', hostile, headers);
      const html = await response.text();
      expect(response.status).toBe(200);
      expect(wordsOf(html)).toContain('250 decisions tried again, 250 would differ so far.');
      expect(html).not.toContain('<script>');
      expect(html).not.toContain('evil.example');
    }
  });

  it('a cursor before all attempts ends the run with the sums as they came', async () => {
    const app = await withManyAttempts();
    const response = await app.post(
      '/config/preview',
      { ...(await good(app)), previewBefore: '0~a' },
      PARTIAL,
    );
    expect(wordsOf(await response.text())).toContain('250 decisions tried again, 250 would differ.');
  });

  it('an unknown mode and version are those of no form: refused with a sentence, never failing', async () => {
    const app = await withLeader();
    const form = { ...(await settingsForm(app)), mode: '<x>', previousVersion: '1e9' };
    expect((await app.post('/config/preview', form)).status).toBe(422);
    expect((await app.post('/config/preview', {})).status).toBe(422);
    expect((await app.post('/config/preview', {}, PARTIAL)).status).toBe(422);
  });
});
