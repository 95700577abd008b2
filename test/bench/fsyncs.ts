// Counts the fsyncs of an app's workerd with strace, where that is installed and allowed. It slows what it watches, so nothing
// is timed meanwhile.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from '../../scripts/start/children.ts';

const ATTACH_MS = 1_500;
const COUNTED = ['fsync', 'fdatasync'];

/** How often workerd, in the process group, asked the disk to keep what was written while `work` ran; undefined where nobody can count. */
export async function fsyncsDuring(group: number, work: () => Promise<void>): Promise<number | undefined> {
  const attached = workerdsOf(group).flatMap((pid) => ['-p', String(pid)]);
  if (attached.length === 0) return undefined;
  const strace = spawn('strace', ['-f', '-c', '-e', `trace=${COUNTED.join(',')}`, ...attached], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  strace.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = endOf(strace);
  await pause(ATTACH_MS);
  if (strace.exitCode !== null || strace.pid === undefined) return undefined;
  await work();
  strace.kill('SIGINT');
  await ended;
  return callsIn(text);
}

/** The calls in the table that `strace -c` prints; undefined where it printed none. */
export function callsIn(text: string): number | undefined {
  if (!text.includes('% time')) return undefined;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => COUNTED.includes(words.at(-1) ?? ''))
    .reduce((sum, words) => sum + Number(words[3]), 0);
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // Not installed: nobody counts.
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

/** The app runs in one workerd, and wrangler's proxy before it in another. */
function workerdsOf(group: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isWorkerd(name, group))
    .map(Number);
}

function isWorkerd(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, , groupOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat.includes('(workerd)') && Number(groupOf) === group;
  } catch {
    // Ended between the list and the read.
    return false;
  }
}
