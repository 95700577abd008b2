// What the operator can still see and do while D1 refuses, stalls, or fails late: the frame with Emergency OFF on every page, Status,
// and the OFF command, each from the objects.
import { describe, expect, it } from 'vitest';
import { LEADER } from '../../ledger/records.ts';
import { type Harness, signedIn, wordsIn } from '../harness.ts';

const PAGES = [
  '/',
  '/users',
  `/users/${LEADER}`,
  '/trades',
  '/paper-trades',
  '/paper-portfolio',
  '/live-trades',
  '/real-portfolio',
  '/markets',
  '/config',
  '/config/history',
];
/** Instead of two and a half seconds. */
const SHORT = { PAGE_DATABASE_MS_MAX: '30' };

const FAULTS: readonly (readonly [string, (app: Harness) => void])[] = [
  ['refuses', (app) => app.fake.failing(true)],
  ['stalls', (app) => app.fake.hanging(true)],
  ['fails late', (app) => app.fake.failingLate(20)],
];

async function withFault(fault: (app: Harness) => void): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Whale`, ...SHORT });
  fault(app);
  app.calls.length = 0;
  return app;
}

describe.each(FAULTS)('while D1 %s', (_name, fault) => {
  it.each(PAGES)('%s has its frame with Emergency OFF, and says what it cannot show', async (page) => {
    const response = await (await withFault(fault)).get(page);
    const html = await response.text();
    expect(response.status).toBe(500);
    expect(html).toContain('action="/live-trades/off"');
    expect(wordsIn(html)).toContain('did not answer');
  });

  it('Status is whole but for what D1 has: the switches and every object', async () => {
    const response = await (await withFault(fault)).get('/status');
    const words = wordsIn(await response.text());
    expect(response.status).toBe(200);
    for (const part of ['Leader feed', 'Wallet LIVE', 'Wallet PAPER', 'Live OFF'])
      expect(words).toContain(part);
  });

  it('OFF reaches the live Wallet, and its acknowledgement is shown with what D1 does not know', async () => {
    const app = await withFault(fault);
    app.inFlight = ['0xflying'];
    const response = await app.post('/live-trades/off', {});
    const words = wordsIn(await response.text());
    expect(response.status).toBe(200);
    expect(app.calls.filter(({ call }) => call === 'setLive')).toEqual([
      { object: 'wallet:live', call: 'setLive', value: 'OFF' },
    ]);
    expect(words).toContain('Live trading is OFF');
    expect(words).toContain('0xflying');
    expect(words).toContain('the database did not answer');
  });
});

it('a page that D1 answers in time is not cut off by the limit of one that it did not', async () => {
  const app = await withFault(FAULTS[1]![1]);
  expect((await app.get('/trades')).status).toBe(500);
  app.fake.hanging(false);
  Object.assign(app.env, { PAGE_DATABASE_MS_MAX: '600000' });
  expect((await app.get('/trades')).status).toBe(200);
});
