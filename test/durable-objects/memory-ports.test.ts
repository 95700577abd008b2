/** The ports that small tests run on: they must behave as an object's own. */
import { describe, expect, it } from 'vitest';
import { MemoryPorts, START_MS } from './memory-ports.ts';

function withTable(): MemoryPorts {
  const ports = new MemoryPorts();
  ports.storage.rows('CREATE TABLE one (n INTEGER)');
  return ports;
}
const numbers = (ports: MemoryPorts): unknown[] =>
  ports.storage.rows('SELECT n FROM one ORDER BY n').map((row) => row.n);

describe('ports in memory', () => {
  it('keep all of a transaction or none of it, and undo only the inner one when only that throws', () => {
    const ports = withTable();
    const insert = (n: number): void => void ports.storage.rows('INSERT INTO one (n) VALUES (?)', n);
    const failing = (n: number) => () => {
      insert(n);
      throw new Error('no');
    };
    expect(() => ports.storage.transaction(failing(1))).toThrow('no');
    ports.storage.transaction(() => {
      insert(2);
      expect(() => ports.storage.transaction(failing(3))).toThrow('no');
    });
    expect(numbers(ports)).toEqual([2]);
  });

  it('fire timers in the order of their times, at their times, and none that was cancelled', async () => {
    const ports = new MemoryPorts();
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, ports.atMs - START_MS]);
    ports.timers.after(300, note('late'));
    ports.timers.after(100, () => void ports.timers.after(100, note('from a timer')));
    ports.timers.after(150, note('cancelled'))();
    await ports.advance(299);
    expect(fired).toEqual([['from a timer', 200]]);
    await ports.advance(1);
    expect(fired.at(-1)).toEqual(['late', 300]);
  });

  it('lose timers in a restart, and keep storage and alarm', async () => {
    const ports = withTable();
    ports.storage.rows('INSERT INTO one (n) VALUES (7)');
    ports.alarm.set(5);
    ports.timers.after(1, () => {});
    const next = ports.restarted();
    expect(numbers(next)).toEqual([7]);
    expect([next.alarmAtMs, next.timersDueMs]).toEqual([5, []]);
  });
});
