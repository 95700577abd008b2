/** The history of changes, and the undo of those of settings: exact, refused when its fields moved on, itself undoable. */
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { listAudit, readControl, recordAudit } from '../../../ledger/write/control-store.ts';
import { CONDITION, LEADER, OTHER_LEADER } from '../../ledger/records.ts';
import type { Harness } from '../harness.ts';
import { settingsForm, withLeader, wordsOf } from './config-form.ts';

async function save(app: Harness, typed: Record<string, string>, path = '/config'): Promise<string> {
  const response = await app.post('/config/settings', { ...(await settingsForm(app, path)), ...typed });
  expect(response.status).toBe(303);
  return newest(app);
}

/** The id of the latest command. */
function newest(app: Harness): string {
  return String(
    app.fake.sqlite.prepare('SELECT command_id FROM audit_log ORDER BY audit_no DESC').get()?.command_id,
  );
}

async function history(app: Harness, query = ''): Promise<string> {
  const response = await app.get(`/config/history${query}`);
  expect(response.status).toBe(200);
  return response.text();
}

const items = (html: string) =>
  [...html.matchAll(/<li class="change">.*?<\/li>/gs)].map(([text]) => wordsOf(text));
const paper = async (app: Harness) => (await readControl(app.env.DB))?.settings.PAPER;
const override = async (app: Harness) => (await readControl(app.env.DB))?.followedUsers[0]?.overrides.PAPER;

async function undo(app: Harness, commandId: string, press = `press-${Math.random()}`) {
  const response = await app.post('/config/undo', { undo: commandId, commandId: press });
  return [response.status, wordsOf(await response.text())] as const;
}

describe('the history of changes', () => {
  it('shows each change once: when, who, and every field with its label, old and new in the units of a person', async () => {
    const app = await withLeader();
    await save(app, {
      copyRateBps: '2.5',
      belowMinPolicy: 'RAISE',
      buyPriceMicrosMax: '95',
      bufferEnabled: 'on',
    });
    await save(app, { maxTradeNotionalMicros: '99.95' }, `/config?leader=${LEADER}`);
    app.fake.sqlite.exec(
      "UPDATE audit_log SET actor = 'ann@example.org' WHERE action LIKE 'saveSettings P%'",
    );
    const html = await history(app);
    const [own, all, first] = items(html);
    expect(own).toContain('Changed the paper settings of Slow whale');
    expect(own).toContain('by ann@example.org');
    expect(own).toContain('Largest trade as for all → 99.95 USD');
    expect(all).toContain('Changed the paper settings for all leaders');
    expect(all).toContain('by operator');
    expect(all).toContain('Copy this part of a leader’s trade 1 % → 2.5 %');
    expect(all).toContain('A copy below the smallest trade is carried until large enough → raised to it');
    expect(all).toContain('Gather small trades No → Yes');
    expect(all).toMatch(/Highest price per share[^→]* off → 95 ¢/);
    expect(first).toContain('Followed on the first start');
    expect(first).toContain('Label – → Slow whale');
    expect(html).toContain('<time datetime="2026-11-20T12:01:00.000Z"');
  });

  it('has a sentence for every other action, and shows an unknown one unchanged', async () => {
    const app = await withLeader();
    app.profile = { kind: 'found', address: parseLeaderAddress(OTHER_LEADER)!, name: 'quickhands' };
    await app.post('/users/add', { reference: '@quickhands', label: '' });
    await app.post('/users/pause', { leaderAddress: LEADER });
    await app.post('/users/resume', { leaderAddress: LEADER });
    await app.post('/users/remove', { leaderAddress: LEADER });
    await app.post('/config/trading', { state: 'OFF' });
    await app.post('/live-trades/off', {});
    await app.post('/markets/blacklist', { mode: 'LIVE', conditionId: CONDITION, listed: 'yes' });
    await app.post('/paper-portfolio/cash', { kind: 'DEPOSIT', amount: '99.50' });
    await app.post('/config/groups', { previousVersion: '7', groupQuietMs: '0', groupAgeMsMax: '250' });
    const strange = {
      action: 'danced<b>',
      subject: 'the floor',
      field: 'steps',
      oldValue: '{"a"',
      newValue: '<i>9</i>',
    };
    await recordAudit(app.env.DB, {
      audit: [strange],
      commandId: 'strange',
      actor: 'operator',
      nowMs: app.nowMs,
    });
    const html = await history(app);
    for (const sentence of [
      'Followed quickhands',
      'Paused Slow whale',
      'Resumed Slow whale',
      'Removed Slow whale',
      'Switched paper trading OFF',
      'Changed the blacklist of live: market 0xcccc…cccc',
      'allowed → never bought',
      'Switched live trading off again',
      'Deposited paper cash',
      'Amount – → $99.50',
      'Changed how leader fills are grouped',
      'A group closes when quiet for 25 ms → 0 ms',
      'danced<b>: the floor',
      'steps {"a" → <i>9</i>',
    ])
      expect(wordsOf(html)).toContain(sentence);
    expect(html).not.toContain('<i>9');
    expect(html).not.toContain('danced<b>');
    // Only the change of grouping is one of settings.
    expect(html.match(/action="\/config\/undo"/g)).toHaveLength(1);
  });

  it('goes back page by page to the first change, none cut and none twice, with bounded reads', async () => {
    const app = await withLeader();
    for (let index = 0; index < 90; index += 1) {
      const audit = ['one', 'two', 'three'].map((field) => ({
        ...{ action: 'tested', subject: String(index), field },
        ...{ oldValue: '', newValue: String(index) },
      }));
      await recordAudit(app.env.DB, {
        audit,
        commandId: `command-of-${index}`,
        actor: 'operator',
        nowMs: app.nowMs,
      });
    }
    const seen: string[] = [];
    let query = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const html = await history(app, query);
      seen.push(...items(html));
      const next = /href="\/config\/history(\?before=\d+)">Older/.exec(html)?.[1];
      if (next === undefined) break;
      query = next;
    }
    // Those, the leader that was followed, and the sign-in.
    expect(seen).toHaveLength(92);
    seen.slice(0, 90).forEach((text, index) => {
      expect(text).toContain(`tested: ${89 - index}`);
      expect(text.match(/ → /g)).toHaveLength(3);
    });
    expect(
      app.fake.queries
        .filter((text) => text.includes('audit_log'))
        .every((text) => /limit|insert/i.test(text)),
    ).toBe(true);
  });

  it.each(['0', '-1', 'x', '1e3', '9'.repeat(30)])(
    'shows a page for the place "%s" all the same',
    async (before) => {
      const app = await withLeader();
      expect((await app.get(`/config/history?before=${before}`)).status).toBe(200);
    },
  );

  it('is linked from Config', async () => {
    expect(await (await (await withLeader()).get('/config')).text()).toContain('href="/config/history"');
  });
});

describe('undo', () => {
  it('of settings for all sets every field of the change back, with its own audit rows and reference', async () => {
    const app = await withLeader();
    const changed = await save(app, { copyRateBps: '2', buyPriceMicrosMax: '95' });
    await save(app, { spreadPriceMicrosMax: '9' });
    expect(await undo(app, changed)).toEqual([303, '']);
    expect(await paper(app)).toEqual({ ...defaultSettings('PAPER'), spreadPriceMicrosMax: 90_000 });
    const rows = (await listAudit(app.env.DB, 3)).map(({ action, subject, field, oldValue, newValue }) =>
      [action, subject, field, oldValue, newValue].join(' '),
    );
    expect(rows.sort()).toEqual([
      'undo PAPER buyPriceMicrosMax 950000 null',
      'undo PAPER copyRateBps 200 100',
      expect.stringMatching(/^undo PAPER undoneChange {2}\d+$/),
    ]);
    expect(items(await history(app))[0]).toMatch(
      /Undid change no. \d+ of the paper settings for all leaders/,
    );
    expect(app.calls.filter((one) => one.call === 'applyControl' && one.value === 4)).toHaveLength(4);
  });

  it('of one leader’s settings restores what they had, or no own settings', async () => {
    const app = await withLeader();
    const path = `/config?leader=${LEADER}`;
    await save(app, { copyRateBps: '5' }, path);
    const changed = await save(
      app,
      { copyRateBps: '6', buyPriceMicrosMax: 'off', marketBlacklist: 'none' },
      path,
    );
    expect(await override(app)).toEqual({ copyRateBps: 600, buyPriceMicrosMax: null, marketBlacklist: [] });
    expect((await undo(app, changed))[0]).toBe(303);
    expect(await override(app)).toEqual({ copyRateBps: 500 });
  });

  it('of rows from before "no value" was distinguished from null restores no own settings', async () => {
    const app = await withLeader();
    const changed = await save(app, { copyRateBps: '5' }, `/config?leader=${LEADER}`);
    app.fake.sqlite.exec("UPDATE audit_log SET old_value = 'null' WHERE field = 'copyRateBps'");
    expect((await undo(app, changed))[0]).toBe(303);
    expect(await override(app)).toEqual({});
  });

  it('of copying from paper, and of grouping, works alike', async () => {
    const app = await withLeader();
    await app.post('/config/copy-from-paper', { previousVersion: '1' });
    const copied = newest(app);
    expect((await undo(app, copied))[0]).toBe(303);
    expect((await readControl(app.env.DB))?.settings.LIVE).toEqual(defaultSettings('LIVE'));
    await app.post('/config/groups', { previousVersion: '3', groupQuietMs: '1', groupAgeMsMax: '2' });
    expect((await undo(app, newest(app)))[0]).toBe(303);
    expect((await readControl(app.env.DB))?.system).toMatchObject({ groupQuietMs: 25, groupAgeMsMax: 250 });
  });

  it('of an undo brings the change back, and so on', async () => {
    const app = await withLeader();
    const path = `/config?leader=${LEADER}`;
    const changed = await save(app, { copyRateBps: '5' }, path);
    for (const expected of [{}, { copyRateBps: 500 }, {}]) {
      expect((await undo(app, newest(app)))[0]).toBe(303);
      expect(await override(app)).toEqual(expected);
    }
    expect((await undo(app, changed))[0]).toBe(422);
  });

  it('is refused when a field has been changed since, naming it and changing nothing at all', async () => {
    const app = await withLeader();
    const changed = await save(app, { copyRateBps: '2', spreadPriceMicrosMax: '9' });
    await save(app, { copyRateBps: '3' });
    const [status, words] = await undo(app, changed);
    expect(status).toBe(422);
    expect(words).toContain('“Copy this part of a leader’s trade” has been changed again since');
    expect(words).not.toContain('“Widest spread”');
    expect(await paper(app)).toMatchObject({ copyRateBps: 300, spreadPriceMicrosMax: 90_000 });
    expect((await readControl(app.env.DB))?.version).toBe(3);
    expect(items(await history(app))[1]).toContain('Cannot be undone: changed again since (Copy this part');
  });

  it('is refused when it would contradict what is set today, with the field named', async () => {
    const app = await withLeader();
    const changed = await save(app, { maxTradeNotionalMicros: '900' });
    await save(app, { minTradeNotionalMicros: '400' }, `/config?leader=${LEADER}`);
    const [status, words] = await undo(app, changed);
    expect([status, words]).toEqual([
      422,
      expect.stringContaining('larger than the largest trade (with the settings of Slow whale)'),
    ]);
    expect(words).toContain('Not undone: Smallest trade:');
    expect((await paper(app))?.maxTradeNotionalMicros).toBe(900_000_000);
  });

  it('pressed twice is one undo', async () => {
    const app = await withLeader();
    const changed = await save(app, { copyRateBps: '2' });
    expect((await undo(app, changed, 'one-press-of-undo'))[0]).toBe(303);
    expect((await undo(app, changed, 'one-press-of-undo'))[0]).toBe(303);
    expect((await readControl(app.env.DB))?.version).toBe(3);
  });

  it.each(['first-start', 'no-such-command', '', "'; DROP TABLE audit_log; --", 'x'.repeat(5_000)])(
    'of what is no change of settings (%s) is refused',
    async (commandId) => {
      const app = await withLeader();
      expect((await undo(app, commandId))[0]).toBe(422);
      expect((await readControl(app.env.DB))?.version).toBe(1);
    },
  );

  it('never touches a switch', async () => {
    const app = await withLeader();
    await app.post('/config/trading', { state: 'OFF' });
    expect((await undo(app, newest(app)))[0]).toBe(422);
    expect((await readControl(app.env.DB))?.paperTrading).toBe('OFF');
  });

  it('of a row whose field or value is none of ours is refused and not half done', async () => {
    const app = await withLeader();
    const changed = await save(app, { copyRateBps: '2', spreadPriceMicrosMax: '9' });
    app.fake.sqlite.exec("UPDATE audit_log SET old_value = '{\"a\"' WHERE field = 'copyRateBps'");
    expect((await undo(app, changed))[0]).toBe(422);
    app.fake.sqlite.exec(
      "UPDATE audit_log SET field = '__proto__', new_value = '' WHERE field = 'copyRateBps'",
    );
    expect((await undo(app, changed))[0]).toBe(422);
    expect((await readControl(app.env.DB))?.version).toBe(2);
  });
});
