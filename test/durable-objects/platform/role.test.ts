import { describe, expect, it } from 'vitest';
import { roleOf } from '../../../durable-objects/platform/role.ts';
import { MemoryPorts } from '../memory-ports.ts';

const wallets = (name: string) => (name === 'paper' || name === 'live' ? name : undefined);

describe('the role of an object', () => {
  it('is what its name says, at the first start and at every other', () => {
    const ports = new MemoryPorts();
    expect(roleOf(ports, 'live', wallets)).toBe('live');
    expect(roleOf(ports, 'live', wallets)).toBe('live');
  });

  it.each([
    ['without a name', undefined],
    ['by a name that is none', 'wallet'],
  ])('is refused %s, and nothing is stored that could be taken for it', (_, name) => {
    const ports = new MemoryPorts();
    expect(() => roleOf(ports, name, wallets)).toThrow('does not work so');
    expect(roleOf(ports, 'paper', wallets)).toBe('paper');
  });

  it.each([
    ['without a name', undefined],
    ['by the name of another', 'paper'],
  ])('is refused once it has started and is reached %s', (_, name) => {
    const ports = new MemoryPorts();
    roleOf(ports, 'live', wallets);
    expect(() => roleOf(ports, name, wallets)).toThrow('it was started as "live"');
  });
});
