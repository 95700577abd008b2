/** Writes that follow what they belong to: a moment later, or before whatever comes next, and never lost but in a crash. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryPorts } from '../memory-ports.ts';

let ports: MemoryPorts;

beforeEach(() => {
  ports = new MemoryPorts();
  ports.storage.rows('CREATE TABLE noted (what TEXT PRIMARY KEY) STRICT');
});

function note(what: string): void {
  ports.storage.rows('INSERT INTO noted (what) VALUES (?)', what);
}

/** What is stored, without making the storage write what is late. */
const stored = () => ports.stored('SELECT what FROM noted ORDER BY rowid').map(({ what }) => what);

describe('a late write', () => {
  it('is written five milliseconds later, in order, and says so', async () => {
    const ends: string[] = [];
    void ports.storage.later(() => note('a')).then(() => ends.push('a'));
    void ports.storage.later(() => note('b')).then(() => ends.push('b'));
    await ports.advance(4);
    expect([stored(), ends]).toEqual([[], []]);
    await ports.advance(1);
    expect([stored(), ends]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(ports.timersDueMs).toEqual([]);
  });

  it('is there for whatever reads or writes before', () => {
    void ports.storage.later(() => note('late'));
    expect(ports.storage.rows('SELECT what FROM noted')).toEqual([{ what: 'late' }]);
    void ports.storage.later(() => note('later'));
    ports.storage.transaction(() => note('then'));
    expect(stored()).toEqual(['late', 'later', 'then']);
  });

  it('is all written or nothing of it, and is no part of the transaction that comes next', () => {
    void ports.storage.later(() => note('late'));
    const broken = (): void =>
      ports.storage.transaction(() => {
        note('broken');
        throw new Error('broken');
      });
    expect(broken).toThrow('broken');
    expect(stored()).toEqual(['late']);
  });

  it('that fails is tried again a second later, holds up nothing, and keeps its place', async () => {
    ports.refusesStatement = (query) => query.includes('INSERT');
    let isWritten = false;
    void ports.storage
      .later(() => {
        note('a');
        note('b');
      })
      .then(() => {
        isWritten = true;
      });
    await ports.advance(5);
    void ports.storage.later(() => note('c'));
    expect(ports.storage.rows('SELECT what FROM noted')).toEqual([]);
    expect(ports.logs.map(({ level }) => level)).toEqual(['error']);
    ports.refusesStatement = undefined;
    await ports.advance(500);
    expect([stored(), isWritten]).toEqual([[], false]);
    await ports.advance(500);
    expect([stored(), isWritten]).toEqual([['a', 'b', 'c'], true]);
  });

  it('is lost in a crash', async () => {
    void ports.storage.later(() => note('late'));
    const next = ports.restarted();
    await next.advance(1_000);
    expect(next.storage.rows('SELECT what FROM noted')).toEqual([]);
  });
});
