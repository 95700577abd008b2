// What ends `npm start`: each signal, and the end of its parent, which is all that SIGTERM to npm leaves to notice.
import { describe, expect, it } from 'vitest';
import { endRequest, type OwnProcess } from '../../scripts/start/end-request.ts';

function openProcess() {
  const listeners = new Map<string, () => void>();
  let check: (() => void) | undefined;
  const own = { ppid: 100, on: (signal: string, listener: () => void) => listeners.set(signal, listener) };
  let isOver = false;
  void endRequest(own as OwnProcess, (_ms, task) => {
    check = task;
    return () => {
      check = undefined;
    };
  }).then(() => {
    isOver = true;
  });
  const settled = async () => {
    await Promise.resolve();
    await Promise.resolve();
    return isOver;
  };
  return {
    own,
    signal: (name: string) => listeners.get(name)?.(),
    look: () => check?.(),
    isWatching: () => check !== undefined,
    settled,
  };
}

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('ends at %s', async (name) => {
    const process = openProcess();
    expect(await process.settled()).toBe(false);
    process.signal(name);
    expect(await process.settled()).toBe(true);
    expect(process.isWatching()).toBe(false);
  });

  it('ends when its parent has ended, and not before', async () => {
    const process = openProcess();
    process.look();
    expect(await process.settled()).toBe(false);
    process.own.ppid = 1;
    process.look();
    expect(await process.settled()).toBe(true);
  });
});
