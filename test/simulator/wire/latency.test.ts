/** How long answers and frames of the practice exchange take: as recorded, or always the same; frames stay in order. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { delayed, latencyOf, RECORDED_MS } from '../../../simulator/wire/latency.ts';
import { MemoryPorts } from '../../durable-objects/memory-ports.ts';

const FOLDER = new URL('../../../../shared/data/latency/', import.meta.url);
const NAMES = { market: 'WS Market Channel', user: 'WS User Channel' } as const;

describe('the recorded latency', () => {
  it.skipIf(!existsSync(FOLDER)).each(['market', 'user'] as const)(
    'has every sighting of the %s channel',
    (source) => {
      const files = readdirSync(FOLDER).map((file) =>
        JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')),
      );
      const sightings = files
        .flatMap((file) => file.results.flatMap((result: { detectors: unknown[] }) => result.detectors))
        .filter((one) => one.name === NAMES[source] && one.latencyMs !== null);
      const times = sightings.map((one) => one.latencyMs as number).sort((left, right) => left - right);
      expect(RECORDED_MS[source]).toEqual(times);
    },
  );

  it('is drawn evenly from them', () => {
    const parts = [0, 0.5, 0.999];
    const latency = latencyOf('recorded', () => parts.shift() ?? 0);
    expect([latency('market'), latency('market'), latency('market')]).toEqual([23, 464, 1_004]);
  });

  it('may be a number of milliseconds, and nothing else', () => {
    expect(latencyOf('250', () => 0)('user')).toBe(250);
    expect(() => latencyOf('fast', () => 0)).toThrow('"recorded" or a number');
  });
});

describe('frames with latency', () => {
  it('arrive in the order in which they were sent, none before its time', async () => {
    const ports = new MemoryPorts();
    const startMs = ports.atMs;
    const times = [300, 100, 500];
    const arrived: string[] = [];
    const send = delayed((text) => void arrived.push(`${text} ${ports.atMs - startMs}`), {
      latencyMs: () => times.shift() ?? 0,
      nowMs: ports.nowMs,
      after: (ms, task) => void ports.timers.after(ms, task),
    });
    for (const text of ['one', 'two', 'three']) send(text);
    await ports.advance(1_000);
    expect(arrived).toEqual(['one 300', 'two 300', 'three 500']);
    send('now');
    expect(arrived.at(-1)).toBe('now 1000');
  });
});
