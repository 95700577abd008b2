/** The page Config names every setting that differs between the modes, and makes one equal by one button (A54). */
import { describe, expect, it } from 'vitest';
import { listAudit, readControl } from '../../../ledger/write/control-store.ts';
import { attempt, LEADER, leaderFill } from '../../ledger/records.ts';
import { writeRows } from '../../ledger/write-rows.ts';
import type { Harness } from '../harness.ts';
import { settingsForm, withLeader, wordsOf } from './config-form.ts';

/** The section's text, on the page of either mode. */
async function differences(app: Harness, address = '/config'): Promise<string> {
  const html = await (await app.get(address)).text();
  return wordsOf(/<section[^>]*id="differences">(.*?)<\/section>/s.exec(html)?.[1] ?? '');
}

const press = (app: Harness, part: Record<string, string>) =>
  app.post('/config/copy-setting', {
    previousVersion: '1',
    mode: 'PAPER',
    field: 'maxTradeNotionalMicros',
    ...part,
  });

async function caps(app: Harness): Promise<readonly number[]> {
  const { PAPER, LIVE } = (await readControl(app.env.DB))!.settings;
  return [PAPER.maxTradeNotionalMicros, LIVE.maxTradeNotionalMicros];
}

describe('the rate that was reached', () => {
  it('stands beside the one that is set, of the mode and of the leader (A54)', async () => {
    const app = await withLeader();
    expect(wordsOf(await (await app.get('/config')).text())).toContain('no buys to copy yet');
    const eventAtMs = Date.UTC(2026, 10, 20);
    await writeRows(app.env.DB, [
      leaderFill({ eventAtMs, notionalMicros: 10_000_000_000n }),
      attempt({ decidedAtMs: eventAtMs + 1, filledNotionalMicros: 42_000_000n }),
    ]);
    for (const address of ['/config', `/config?leader=${LEADER}`])
      expect(wordsOf(await (await app.get(address)).text())).toContain(
        'really copied: 0.42% of their buys since',
      );
    const live = async () => wordsOf(await (await app.get('/config?mode=LIVE')).text());
    // Nothing was given to the live Wallet: it was OFF.
    expect(await live()).toContain('no buys to copy yet');
    const skipped = { decision: 'SKIP', filledNotionalMicros: 0n } as const;
    await writeRows(app.env.DB, [attempt({ mode: 'LIVE', decidedAtMs: eventAtMs + 1, ...skipped })]);
    expect(await live()).toContain('really copied: 0% of their buys');
  });
});

describe('the wait of paper copies', () => {
  const measured = '2 live orders were answered so far and 20 are needed';

  it.each([
    [{ ms: 150, from: 'DEFAULT', orders: 2 }, `in force: 150 ms, the default, since ${measured}`],
    [{ ms: 150, from: 'DEFAULT', orders: 1 }, 'the default, since 1 live order was answered so far'],
    [
      { ms: 230, from: 'MEASURED', orders: 64 },
      'in force: 230 ms, the median from decision to answer of the newest 64',
    ],
    [{ ms: 0, from: 'SETTING', orders: 64 }, 'in force: 0 ms, as set here'],
  ] as const)('is shown as it is in force, %j (A55)', async (paperWait, words) => {
    const app = await withLeader();
    app.paperStatus = { paperWait };
    const page = wordsOf(await (await app.get('/config')).text());
    expect(page).toContain(words);
    expect(page).toContain('“measured”: as long as live orders take');
    for (const other of ['/config?mode=LIVE', `/config?leader=${LEADER}`])
      expect(wordsOf(await (await app.get(other)).text())).not.toContain('in force');
  });

  it('is left out where the paper Wallet does not answer, and the page comes all the same', async () => {
    const app = await withLeader();
    app.silent.add('wallet:paper');
    const page = await app.get('/config');
    expect(page.status).toBe(200);
    expect(wordsOf(await page.text())).not.toContain('in force');
  });

  it('is a number of milliseconds or measured, and nothing of it is copied to live', async () => {
    const app = await withLeader();
    const paper = await settingsForm(app);
    expect(paper.paperSubmitMs).toBe('measured');
    await app.post('/config/settings', { ...paper, paperSubmitMs: '90' });
    const saved = async () => {
      const { PAPER, LIVE } = (await readControl(app.env.DB))!.settings;
      return [PAPER.paperSubmitMs, LIVE.paperSubmitMs];
    };
    expect(await saved()).toEqual([90, null]);
    expect(await differences(app)).not.toContain('a copy waits');
    const wrong = await app.post('/config/settings', {
      ...(await settingsForm(app)),
      paperSubmitMs: '30001',
    });
    expect([wrong.status, wordsOf(await wrong.text())]).toEqual([
      422,
      expect.stringContaining('at most 30000 ms'),
    ]);
    await app.post('/config/settings', { ...(await settingsForm(app)), paperSubmitMs: 'measured' });
    expect(await saved()).toEqual([null, null]);
  });
});

describe('where paper and live differ', () => {
  it('is shown on both pages of all leaders, with both values, and says so where it is nowhere', async () => {
    const app = await withLeader();
    for (const address of ['/config', '/config?mode=LIVE']) {
      const words = await differences(app, address);
      expect(words).toContain('Largest trade 250 USD 25 USD Live as paper Paper as live');
      expect(words).not.toContain('Smallest trade');
    }
    expect(await differences(app, `/config?leader=${LEADER}`)).toBe('');
    await press(app, { to: 'LIVE' });
    expect(await differences(app)).toContain('Nowhere');
  });

  it('names what the operator has changed, and nothing of live execution, which paper does not have', async () => {
    const app = await withLeader();
    await app.post('/config/settings', { ...(await settingsForm(app)), belowMinPolicy: 'RAISE' });
    const live = { ...(await settingsForm(app, '/config?mode=LIVE')), submitTimeoutMs: '2.5' };
    await app.post('/config/settings', live);
    const words = await differences(app);
    expect(words).toContain('raised to it carried until large enough');
    expect(words).not.toContain('Wait for the answer');
  });

  it.each([
    ['LIVE', [250_000_000, 250_000_000]],
    ['PAPER', [25_000_000, 25_000_000]],
  ] as const)('is ended for one setting by a button that sets %s, audited and once', async (to, after) => {
    const app = await withLeader();
    const pressed = { to, commandId: 'the-same-press' };
    const response = await press(app, pressed);
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      '/config?mode=PAPER#differences',
    ]);
    expect((await press(app, pressed)).status).toBe(303);
    expect(await caps(app)).toEqual(after);
    expect((await readControl(app.env.DB))?.version).toBe(2);
    const audit = await listAudit(app.env.DB, 50);
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'saveSettings', subject: to, field: 'maxTradeNotionalMicros' }),
    );
  });

  it.each([
    [
      'from an older version of the page',
      { to: 'LIVE', previousVersion: '7' },
      'changed the settings in the meantime',
    ],
    ['of live execution', { to: 'LIVE', field: 'submitTimeoutMs' }, 'do not share this setting'],
    ['of no setting', { to: 'LIVE', field: 'toString' }, 'do not share this setting'],
    ['to no mode', { to: 'SHADOW' }, 'choose paper or live'],
  ])('is not changed by a press %s', async (_which, part, error) => {
    const app = await withLeader();
    const response = await press(app, part);
    expect([response.status, wordsOf(await response.text())]).toEqual([422, expect.stringContaining(error)]);
    expect(await caps(app)).toEqual([250_000_000, 25_000_000]);
  });

  it('is not ended where it would contradict the setting beside it', async () => {
    const app = await withLeader();
    await app.post('/config/settings', { ...(await settingsForm(app)), minTradeNotionalMicros: '30' });
    const response = await press(app, { to: 'LIVE', field: 'minTradeNotionalMicros', previousVersion: '2' });
    expect(response.status).toBe(422);
    expect(wordsOf(await response.text())).toContain('the smallest trade is larger than the largest trade');
  });
});
