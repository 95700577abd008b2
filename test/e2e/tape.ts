// Real recordings played by the command that starts the system: a real leader's own trades are copied, and so are trades made
// inside a recorded book. Only where the recordings are.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, exchangeStatus, leaderBuys, type Started } from './started.ts';

const DATA = new URL('../../../shared/data', import.meta.url).pathname;

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
const isMissing = [activity, ...books].includes('');

/** The options that play them; none where they are not here. */
export const TAPE_OPTIONS: readonly string[] = isMissing
  ? []
  : ['--tape', activity, ...books, '--speed', '10'];

/** The suite of the recordings on a system that was first started with TAPE_OPTIONS. */
export function testTape(given: {
  readonly system: () => Started;
  readonly exported: (name: string) => Promise<readonly Row[]>;
}): void {
  const { exported } = given;
  describe.skipIf(isMissing)('a recording', () => {
    it('of a real leader is followed and decided on, copy by copy, under the leader’s own address', async () => {
      const { leaders } = await exchangeStatus<{ leaders: { address: string }[] }>(given.system());
      const leader = leaders[0]?.address.toLowerCase();
      const rows = await eventually('a copy of the recorded leader', async () => {
        const all = await exported('attempts');
        const own = all.filter((row) => row.leaderAddress === leader);
        return own.some((row) => row.decision === 'EXECUTE') ? own : undefined;
      });
      expect(rows.length).toBeGreaterThan(0);
    });

    it('of a book is a market in which a practice leader trades and is copied', async () => {
      const isRecorded = ({ slug }: { readonly slug: string }): boolean => slug.includes('mlb-');
      const { markets } = await exchangeStatus<{ markets: { conditionId: string; slug: string }[] }>(
        given.system(),
      );
      const recorded = new Set(markets.filter(isRecorded).map(({ conditionId }) => conditionId));
      expect(recorded.size).toBe(books.length);
      // Leaders choose such a market by themselves (test/simulator/people/tape.test.ts), but it may take them a minute.
      await eventually('an attempt in a recorded market', async () => {
        await leaderBuys(given.system(), isRecorded);
        const all = await exported('attempts');
        return all.some((row) => recorded.has(String(row.conditionId))) ? true : undefined;
      });
    });
  });
}
