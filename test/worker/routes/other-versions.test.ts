// Settings of another release, and a database that went back in time: every page works, says so, and the next save holds everywhere.
import { describe, expect, it } from 'vitest';
import { initialControl } from '../../../ledger/write/control-store.ts';
import { LEADER } from '../../ledger/records.ts';
import { type Harness, signedIn, textOf, wordsIn } from '../harness.ts';

const PAGES = [
  '/',
  '/users',
  '/trades',
  '/paper-trades',
  '/paper-portfolio',
  '/live-trades',
  '/real-portfolio',
  '/markets',
  '/config',
  '/config/history',
  '/status',
];

async function withDocument(version: number, change: object): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Whale` });
  await app.get('/');
  const control = JSON.stringify({ ...initialControl(), version, ...change });
  await app.env.DB.prepare(
    'INSERT INTO control_versions (version, command_id, actor, control, saved_at_ms) VALUES (?, ?, ?, ?, ?)',
  )
    .bind(version, `later-${version}`, 'operator', control, app.nowMs)
    .run();
  return app;
}

const saved = async (app: Harness) =>
  (await app.env.DB.prepare(
    'SELECT version, control FROM control_versions ORDER BY version DESC LIMIT 1',
  ).first<{
    version: number;
    control: string;
  }>())!;

const OFF = { state: 'OFF', commandId: 'press-1' };

describe('a setting that this release does not know', () => {
  it.each(PAGES)('does not take %s down', async (page) => {
    const app = await withDocument(2, { sound: 'loud', paperTrading: 'OFF' });
    expect((await app.get(page)).status).toBe(200);
  });

  it('is dropped by the next save, which is whole', async () => {
    const app = await withDocument(2, { sound: 'loud' });
    expect((await app.post('/config/trading', OFF)).status).toBeLessThan(400);
    const { version, control } = await saved(app);
    expect([version, 'sound' in JSON.parse(control), JSON.parse(control).paperTrading]).toEqual([
      3,
      false,
      'OFF',
    ]);
  });
});

describe('a document of a later release that cannot be read', () => {
  const later = () => withDocument(2, { liveTrading: 'HALF' });

  it.each(PAGES)('leaves %s with the last one that can', async (page) => {
    expect((await (await later()).get(page)).status).toBe(200);
  });

  it('is named on the Dashboard, with the version in force', async () => {
    const words = wordsIn(await textOf(await later(), '/'));
    expect(words).toContain(
      'Version 2 of the settings is of a later release and cannot be read here: version 1 is in force.',
    );
  });

  it('is followed by the next save, which the objects take', async () => {
    const app = await later();
    expect((await app.post('/config/trading', OFF)).status).toBeLessThan(400);
    expect((await saved(app)).version).toBe(3);
    expect(app.calls.filter(({ call }) => call === 'applyControl').map(({ value }) => value)).toContain(3);
    expect(wordsIn(await textOf(app, '/'))).not.toContain('later release');
  });
});

describe('a database that went back in time', () => {
  async function wentBack(): Promise<Harness> {
    const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Whale` });
    await app.get('/');
    app.feedStatus = { controlVersion: 9 };
    app.liveStatus = { controlVersion: 9 };
    return app;
  }

  it('is named on the Dashboard, with what the objects work with', async () => {
    const words = wordsIn(await textOf(await wentBack(), '/'));
    expect(words).toContain('The database went back in time: it holds version 1 of the settings');
    expect(words).toContain('works with version 9');
  });

  it('is left behind by the next save: a limit that is lowered now reaches every object', async () => {
    const app = await wentBack();
    app.calls.length = 0;
    expect((await app.post('/config/trading', OFF)).status).toBeLessThan(400);
    expect((await saved(app)).version).toBe(10);
    const taken = app.calls.filter(({ call }) => call === 'applyControl');
    expect(taken.map(({ object, value }) => `${object} ${value}`)).toEqual(
      expect.arrayContaining(['feed:feed 10', 'wallet:paper 10', 'wallet:live 10']),
    );
  });

  it('saves all the same while LeaderFeed does not answer', async () => {
    const app = await wentBack();
    app.silent.add('feed:feed');
    expect((await app.post('/config/trading', OFF)).status).toBeLessThan(400);
    expect((await saved(app)).version).toBe(2);
  });
});
