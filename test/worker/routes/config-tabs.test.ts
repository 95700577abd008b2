/** Two tabs on the same settings: the second is shown who changed what, keeps what it typed, and overwrites nothing unseen. */
import { describe, expect, it } from 'vitest';
import { listAudit, readControl } from '../../../ledger/write/control-store.ts';
import { LEADER } from '../../ledger/records.ts';
import type { Harness } from '../harness.ts';
import { formOf, settingsForm, withLeader, wordsOf } from './config-form.ts';

const fieldOf = (html: string, field: string) =>
  [...html.matchAll(/<label class="field.*?<\/label>/gs)]
    .map(([text]) => text)
    .find((text) => text.includes(`name="${field}"`)) ?? '';

/** What comes back to the second tab. */
async function second(app: Harness, form: Record<string, string>, action = '/config/settings') {
  const response = await app.post(action, form);
  const html = await response.text();
  expect(response.status).toBe(422);
  return { html, words: wordsOf(html) };
}

describe('the second of two tabs', () => {
  it('is shown who changed what and when, and gets its own entries and the other’s, each marked', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    await app.post('/config/settings', {
      ...(await settingsForm(app)),
      copyRateBps: '2',
      spreadPriceMicrosMax: '9',
      sizingMode: 'budgetedDynamic',
    });
    app.fake.sqlite.exec("UPDATE audit_log SET actor = 'ann@example.org' WHERE action = 'saveSettings'");
    const { html, words } = await second(app, { ...mine, copyRateBps: '3', maxTradeNotionalMicros: '99' });
    expect(words).toContain('changed in the meantime by another tab or person');
    expect(words).toContain('Changed the paper settings for all leaders');
    expect(words).toContain('by ann@example.org');
    expect(words).toContain('Widest spread 2 ¢ → 9 ¢');
    // Both changed it: what was typed stays. Only the other: the new value. Only this one: no mark.
    expect(fieldOf(html, 'copyRateBps')).toContain('value="3"');
    expect(wordsOf(fieldOf(html, 'copyRateBps'))).toContain(
      'Meanwhile saved as 2 % (before: 1 %); what you typed stays.',
    );
    expect(fieldOf(html, 'spreadPriceMicrosMax')).toContain('value="9"');
    expect(wordsOf(fieldOf(html, 'spreadPriceMicrosMax'))).toContain('this is the new value (before: 2 ¢)');
    expect(fieldOf(html, 'sizingMode')).toContain('value="budgetedDynamic" selected');
    expect(fieldOf(html, 'maxTradeNotionalMicros')).toContain('value="99"');
    expect(html.match(/class="mark"/g)).toHaveLength(3);
    expect((await readControl(app.env.DB))?.version).toBe(2);
  });

  it('saves on top with the same button, and nothing of the other’s is lost', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    await app.post('/config/settings', {
      ...(await settingsForm(app)),
      copyRateBps: '2',
      spreadPriceMicrosMax: '9',
    });
    const { html } = await second(app, { ...mine, copyRateBps: '3' });
    const again = await app.post('/config/settings', formOf(html, '/config/settings'));
    expect(again.status).toBe(303);
    expect((await readControl(app.env.DB))?.settings.PAPER).toMatchObject({
      copyRateBps: 300,
      spreadPriceMicrosMax: 90_000,
    });
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { field: 'copyRateBps', oldValue: '200', newValue: '300' },
    ]);
  });

  it('with a wrong field is warned of the other tab first, so that no later press overwrites it unseen', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    await app.post('/config/settings', { ...(await settingsForm(app)), spreadPriceMicrosMax: '9' });
    const { html } = await second(app, { ...mine, copyRateBps: 'ten' });
    expect(fieldOf(html, 'copyRateBps')).toContain('value="ten"');
    const mended = { ...formOf(html, '/config/settings'), copyRateBps: '3' };
    expect((await app.post('/config/settings', mended)).status).toBe(303);
    expect((await readControl(app.env.DB))?.settings.PAPER).toMatchObject({
      copyRateBps: 300,
      spreadPriceMicrosMax: 90_000,
    });
  });

  it('is shown a change that does not touch its fields, and may save at once', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    await app.post('/users/pause', { leaderAddress: LEADER });
    const { html, words } = await second(app, { ...mine, copyRateBps: '3' });
    expect(words).toContain('Paused Slow whale');
    expect(words).toContain('No field of yours is touched by that');
    expect(html).not.toContain('class="mark"');
    expect((await app.post('/config/settings', formOf(html, '/config/settings'))).status).toBe(303);
  });

  it('that typed the same value as the first has nothing to decide', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    await app.post('/config/settings', { ...(await settingsForm(app)), copyRateBps: '2.5' });
    const { html } = await second(app, { ...mine, copyRateBps: '2.50' });
    expect(html).not.toContain('class="mark"');
  });

  it('about one leader gets what the other gave them, also where it was cleared', async () => {
    const app = await withLeader();
    const path = `/config?leader=${LEADER}`;
    await app.post('/config/settings', {
      ...(await settingsForm(app, path)),
      copyRateBps: '5',
      copyAgeMsMax: '30',
    });
    const mine = await settingsForm(app, path);
    await app.post('/config/settings', {
      ...(await settingsForm(app, path)),
      copyRateBps: '',
      copyAgeMsMax: '40',
    });
    const { html } = await second(app, { ...mine, copyAgeMsMax: '20', maxTradeNotionalMicros: '7' });
    expect(fieldOf(html, 'copyRateBps')).toContain('value=""');
    expect(wordsOf(fieldOf(html, 'copyRateBps'))).toContain('this is the new value (before: 5 %)');
    expect(fieldOf(html, 'copyAgeMsMax')).toContain('value="20"');
    expect(wordsOf(fieldOf(html, 'copyAgeMsMax'))).toContain('Meanwhile saved as 40 s (before: 30 s)');
    await app.post('/config/settings', formOf(html, '/config/settings'));
    expect((await readControl(app.env.DB))?.followedUsers[0]?.overrides.PAPER).toEqual({
      copyAgeMsMax: 20_000,
      maxTradeNotionalMicros: 7_000_000,
    });
  });

  it('that does not say its version, or one that no tab has, overwrites nothing either', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    for (const previousVersion of ['', '0', '999', 'x', '-1']) {
      const { words } = await second(app, { ...mine, previousVersion, copyRateBps: '3' });
      expect(words).toContain('It is not known which version this form was made from');
      expect(words).toContain('Meanwhile saved as 1 %; what you typed stays.');
    }
    expect((await readControl(app.env.DB))?.version).toBe(1);
  });

  it('of grouping gets the same', async () => {
    const app = await withLeader();
    await app.post('/config/groups', { previousVersion: '1', groupQuietMs: '30', groupAgeMsMax: '300' });
    const mine = { previousVersion: '1', groupQuietMs: '40', groupAgeMsMax: '250' };
    const { html, words } = await second(app, mine, '/config/groups');
    expect(words).toContain('A group closes when quiet for 25 ms → 30 ms');
    expect(fieldOf(html, 'groupQuietMs')).toContain('value="40"');
    expect(wordsOf(fieldOf(html, 'groupQuietMs'))).toContain('Meanwhile saved as 30 ms (before: 25 ms)');
    expect(fieldOf(html, 'groupAgeMsMax')).toContain('value="300"');
    expect((await app.post('/config/groups', formOf(html, '/config/groups'))).status).toBe(303);
    expect((await readControl(app.env.DB))?.system).toMatchObject({ groupQuietMs: 40, groupAgeMsMax: 300 });
  });

  it('that copies from paper is warned before anything is copied', async () => {
    const app = await withLeader();
    await app.post('/config/settings', { ...(await settingsForm(app)), copyRateBps: '2' });
    const { html, words } = await second(app, { previousVersion: '1' }, '/config/copy-from-paper');
    expect(words).toContain('Copy this part of a leader’s trade 1 % → 2 %');
    expect((await app.post('/config/copy-from-paper', formOf(html, '/config/copy-from-paper'))).status).toBe(
      303,
    );
    expect((await readControl(app.env.DB))?.settings.LIVE.copyRateBps).toBe(200);
  });

  it('is shown as many changes as can be read, and where the others are', async () => {
    const app = await withLeader();
    const mine = await settingsForm(app);
    for (let index = 0; index < 25; index += 1)
      await app
        .post('/users/pause', { leaderAddress: LEADER })
        .then(() => app.post('/users/resume', { leaderAddress: LEADER }));
    const { html, words } = await second(app, { ...mine, copyRateBps: '3' });
    expect(html.match(/<li class="change">/g)).toHaveLength(20);
    expect(words).toContain('There were more: see the history of changes');
  });

  it('pressed twice the first tab’s button is done once and no conflict', async () => {
    const app = await withLeader();
    const form = { ...(await settingsForm(app)), copyRateBps: '2' };
    expect((await app.post('/config/settings', form)).status).toBe(303);
    expect((await app.post('/config/settings', form)).status).toBe(303);
    expect((await readControl(app.env.DB))?.version).toBe(2);
  });
});

describe('the settings form', () => {
  it('says the default beside a value that differs, and only there', async () => {
    const app = await withLeader();
    await app.post('/config/settings', {
      ...(await settingsForm(app)),
      copyRateBps: '2.5',
      buyPriceMicrosMax: '95',
    });
    const html = await (await app.get('/config')).text();
    expect(wordsOf(fieldOf(html, 'copyRateBps'))).toContain('default: 1 %');
    expect(wordsOf(fieldOf(html, 'buyPriceMicrosMax'))).toContain('default: off');
    expect(html.match(/default: /g)).toHaveLength(2);
    const live = await (await app.get('/config?mode=LIVE')).text();
    expect(live).not.toContain('default: ');
  });

  it('shows a buffer amount below what the venue takes as raised, and no other (A57)', async () => {
    const app = await withLeader();
    const said = async (amount: string) => {
      await app.post('/config/settings', {
        ...(await settingsForm(app)),
        bufferFlushNotionalMicros: '5',
        bufferExecNotionalMicrosMin: amount,
      });
      const html = await (await app.get('/config')).text();
      return [
        wordsOf(fieldOf(html, 'bufferFlushNotionalMicros')),
        wordsOf(fieldOf(html, 'bufferExecNotionalMicrosMin')),
      ].map((words) => words.includes('Raised to 1 USD, and to a market’s smallest order'));
    };
    expect([await said('0.999999'), await said('1')]).toEqual([
      [false, true],
      [false, false],
    ]);
  });

  it('is filled in by a preset, and saves nothing before its button is pressed (A54)', async () => {
    const app = await withLeader();
    expect(await (await app.get('/config')).text()).toContain(
      'href="/config?mode=PAPER&amp;preset=earlierPaper#settings"',
    );
    const html = await (await app.get('/config?mode=PAPER&preset=earlierPaper')).text();
    expect(wordsOf(html)).toContain('Filled in with “Earlier paper rules”. Nothing is saved');
    expect(formOf(html, '/config/settings')).toMatchObject({
      minTradeNotionalMicros: '5',
      belowMinPolicy: 'RAISE',
      exitSizing: 'RATE',
      slippageBpsSell: '100',
      paperSubmitMs: '0',
      copyRateBps: '1',
    });
    expect((await readControl(app.env.DB))?.version).toBe(1);
    expect((await app.post('/config/settings', formOf(html, '/config/settings'))).status).toBe(303);
    const { PAPER, LIVE } = (await readControl(app.env.DB))!.settings;
    expect([PAPER.belowMinPolicy, LIVE.belowMinPolicy]).toEqual(['RAISE', 'CARRY']);
    expect(await (await app.get('/config?preset=toString')).text()).not.toContain('Filled in');
  });

  it('has an index of its sections, each of which says what it does', async () => {
    const html = await (await (await withLeader()).get('/config?mode=LIVE')).text();
    const links = [...html.matchAll(/href="#(section-[\w-]+)"/g)].map(([, id]) => id);
    expect(links).toHaveLength(7);
    for (const id of links)
      expect(html).toMatch(new RegExp(`<fieldset id="${id}"><legend>[^<]+</legend><p class="muted">[A-Z]`));
  });

  it('of one leader marks their own values, with the value of all beside it', async () => {
    const app = await withLeader();
    const path = `/config?leader=${LEADER}`;
    await app.post('/config/settings', {
      ...(await settingsForm(app, path)),
      copyRateBps: '5',
      marketBlacklist: 'none',
    });
    const html = await (await app.get(path)).text();
    expect(wordsOf(fieldOf(html, 'copyRateBps'))).toContain('Own value; for all: 1 %');
    expect(wordsOf(fieldOf(html, 'marketBlacklist'))).toContain('Own value; for all: none');
    expect(html.match(/Own value/g)).toHaveLength(2);
    await app.post('/config/settings', {
      ...(await settingsForm(app, path)),
      copyRateBps: '',
      marketBlacklist: '',
    });
    expect((await readControl(app.env.DB))?.followedUsers[0]?.overrides.PAPER).toEqual({});
  });

  it('of one leader keeps their own "off" beside a limit of all', async () => {
    const app = await withLeader();
    await app.post('/config/settings', { ...(await settingsForm(app)), buyPriceMicrosMax: '95' });
    const path = `/config?leader=${LEADER}`;
    await app.post('/config/settings', { ...(await settingsForm(app, path)), buyPriceMicrosMax: 'off' });
    expect((await readControl(app.env.DB))?.followedUsers[0]?.overrides.PAPER).toEqual({
      buyPriceMicrosMax: null,
    });
    expect(await listAudit(app.env.DB, 1)).toMatchObject([
      { field: 'buyPriceMicrosMax', oldValue: '', newValue: 'null' },
    ]);
  });
});
