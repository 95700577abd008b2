// Real recordings played by one command: a real leader's own trades are copied, and so are trades made inside a
// recorded book. Only where the recordings are.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, newStateDir, type Started, startSystem } from './started.ts';

const DATA = new URL('../../../shared/data', import.meta.url).pathname;
const EXPORT_TOKEN = 'a-token-of-this-test';

type Row = Record<string, unknown>;

const recording = (folder: string, part: string): string => {
  const path = join(DATA, folder);
  const name = existsSync(path) ? readdirSync(path).find((one) => one.includes(part)) : undefined;
  return name === undefined ? '' : join(path, name);
};
const activity = recording('leader-trades', 'activity-');
/** Several, so that practice leaders soon choose one of them. */
const books = ['mlb-tb-kc', 'mlb-tor-cle', 'mlb-tex-bal', 'mlb-lad-col'].map((part) =>
  recording('books', part),
);

describe.skipIf([activity, ...books].includes(''))('a recording', () => {
  let stateDir = '';
  let system: Started;

  beforeAll(async () => {
    stateDir = newStateDir('tape');
    system = await startSystem({
      stateDir,
      args: ['--tape', activity, ...books, '--speed', '10'],
      environment: { EXPORT_TOKEN },
    });
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const exported = async (name: string): Promise<Row[]> => {
    const headers = { authorization: `Bearer ${EXPORT_TOKEN}` };
    const answer = await fetch(`${system.url}/export/${name}.json`, { headers });
    return ((await answer.json()) as { data: Row[] }).data;
  };

  it('of a real leader is followed and decided on, copy by copy, under the leader’s own address', async () => {
    const status = (await (await fetch(`${system.exchangeUrl}/control/status`)).json()) as {
      leaders: { address: string }[];
    };
    const leader = status.leaders[0]?.address.toLowerCase();
    const rows = await eventually('a copy of the recorded leader', async () => {
      const all = await exported('attempts');
      const own = all.filter((row) => row.leaderAddress === leader);
      return own.some((row) => row.decision === 'EXECUTE') ? own : undefined;
    });
    expect(rows.length).toBeGreaterThan(0);
  });

  it('of a book is a market in which practice leaders trade and are copied', async () => {
    const status = (await (await fetch(`${system.exchangeUrl}/control/status`)).json()) as {
      markets: { conditionId: string; slug: string }[];
    };
    const recorded = new Set(
      status.markets.filter(({ slug }) => slug.includes('mlb-')).map(({ conditionId }) => conditionId),
    );
    expect(recorded.size).toBe(books.length);
    await eventually('an attempt in a recorded market', async () => {
      const all = await exported('attempts');
      return all.some((row) => recorded.has(String(row.conditionId))) ? true : undefined;
    });
  });
});
