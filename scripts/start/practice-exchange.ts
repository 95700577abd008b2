// What `npm start` says to the practice exchange: who trades there, and which recordings to play.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type PracticeLeader = { address: string; name: string };

/** The leaders followed on the first start. */
const FIRST_LEADERS = 3;
/** A recording starts this long after it is handed over, so that the app is up and sees its first trade. */
const TAPE_HEAD_START_MS = 10_000;
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

/** The first three leaders that the exchange names, or none if its answer is not understood. */
export function firstLeaders(status: unknown): readonly PracticeLeader[] {
  if (typeof status !== 'object' || status === null || !('leaders' in status)) return [];
  const { leaders } = status;
  if (!Array.isArray(leaders)) return [];
  return leaders
    .map((leader: { address?: unknown; name?: unknown }) => ({
      address: String(leader.address).toLowerCase(),
      name: String(leader.name),
    }))
    .filter(({ address }) => /^0x[0-9a-f]{40}$/.test(address))
    .slice(0, FIRST_LEADERS);
}

/** The leaders as the app's variable FOLLOW_ON_FIRST_START takes them: `address=name,...`. */
export function followList(leaders: readonly PracticeLeader[]): string {
  return leaders.map(({ address, name }) => `${address}=${name.replace(/[^\w .-]/g, ' ').trim()}`).join(',');
}

/** Hands one recording over. Gives a sentence to show; throws the exchange's own sentence when it refuses. */
export async function playTape(
  exchangeUrl: string,
  { file, speed }: { file: string; speed: number },
): Promise<string> {
  const name = basename(file).replace(/\.csv(\.gz)?$/, '');
  const answer = await fetch(`${exchangeUrl}/control/tape`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, csv: readRecording(file), speed, startInMs: TAPE_HEAD_START_MS }),
  });
  const answered = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(String(answered.error ?? `the practice exchange refused ${name}`));
  const refused = Number(answered.refused) > 0 ? `, ${answered.refused} rows refused` : '';
  return `${name}: ${answered.rows} rows of ${answered.kind === 'books' ? 'a recorded book' : 'a recorded leader'}${refused}`;
}

/** The text of a .csv or .csv.gz; throws a sentence that names the file when it cannot be read. */
export function readRecording(file: string): string {
  try {
    const bytes = readFileSync(file);
    return file.endsWith('.gz')
      ? gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }).toString('utf8')
      : bytes.toString('utf8');
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
