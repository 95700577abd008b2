import { describe, expect, it } from 'vitest';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { readControl } from '../../../ledger/write/control-store.ts';
import { retain } from '../../../ledger/write/retention.ts';
import { AT, attempt, leaderFill } from '../../ledger/records.ts';
import { textOf, withRows, wordsIn } from '../harness.ts';
import { withLeader } from './config-form.ts';

const FORM = {
  ...{ previousVersion: '1', plan: 'PAID', databaseBpsMax: '60', factsDaysMax: '30', minuteDaysMax: '20' },
  ...{ hourDaysMax: '300', skipDaysMax: '100', tradeDaysMax: '700', rtdsEnabled: 'off' },
};

describe('what the database keeps', () => {
  it('is saved in days and percent, with a sentence in the history, and can be undone', async () => {
    const app = await withLeader();
    const response = await app.post('/config/storage', FORM);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/config?mode=PAPER#storage']);
    expect((await readControl(app.env.DB))?.system).toMatchObject({
      ...{ plan: 'PAID', databaseBpsMax: 6_000, factsDaysMax: 30, minuteDaysMax: 20 },
      ...{ hourDaysMax: 300, skipDaysMax: 100, tradeDaysMax: 700, rtdsEnabled: false },
    });
    const words = wordsIn(await textOf(app, '/config/history'));
    expect(words).toContain('Changed what the database keeps');
    expect(words).toContain('Plan at Cloudflare Free → Paid');
    expect(words).toContain('Skipped copies are kept for 365 days → 100 days');
    const { command_id: undo } = app.fake.sqlite
      .prepare("SELECT command_id FROM audit_log WHERE action = 'saveStorage' LIMIT 1")
      .get() as { command_id: string };
    expect((await app.post('/config/undo', { undo })).status).toBe(303);
    expect((await readControl(app.env.DB))?.system).toEqual(DEFAULT_SYSTEM_SETTINGS);
    expect(wordsIn(await textOf(app, '/config/history'))).toContain('of what the database keeps');
  });

  it('comes back as typed where it is out of range, with the field named', async () => {
    const app = await withLeader();
    const response = await app.post('/config/storage', {
      ...FORM,
      skipDaysMax: '3',
      databaseBpsMax: '60.123',
    });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toContain('name="skipDaysMax" inputmode="decimal" value="3"');
    expect(html).toContain('at most 2 decimal places');
    const second = await app.post('/config/storage', { ...FORM, skipDaysMax: '3' });
    expect(await second.text()).toContain('out of range: at least 14 days');
    expect((await readControl(app.env.DB))?.version).toBe(1);
  });

  it('is on Status: size, growth, what goes when, and the exports to take before', async () => {
    const app = await withRows([leaderFill({ eventAtMs: AT }), attempt({ decidedAtMs: AT })]);
    const control = (await (async () => {
      await app.get('/');
      return readControl(app.env.DB);
    })())!;
    const given = { settings: control.system, leaders: [] };
    for (const [day, bytes] of [30_000_000, 38_000_000].entries()) {
      app.fake.reporting(bytes);
      await retain(app.env.DB, { ...given, nowMs: AT + (day + 1) * 2 * DAY_MS });
    }
    const html = await textOf(app, '/status');
    const words = wordsIn(html);
    expect(words).toContain('38.0 MB, 7.6 % of the 500.0 MB of the Free plan; it is kept below 70 %.');
    expect(words).toContain('It grew by 4.0 MB a day in the last week.');
    expect(words).toMatch(/Facts of decisions 2026-11-20 12:00:00 UTC 90 2027-02-18 12:00:00 UTC/);
    expect(html).toContain('/export/removed.csv');
    app.fake.failing(true);
    expect(await (await app.get('/status')).text()).toContain('Not known while the database is away.');
  });
});
