import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { lookUp } from '../../../worker/control/profiles.ts';
import { LEADER } from '../../ledger/records.ts';

const address = parseLeaderAddress(LEADER)!;
const other = parseLeaderAddress(`0x${'e'.repeat(40)}`)!;
const gamma = {
  fetchProfile: async (asked: string) => (asked === LEADER ? { address, name: 'whale' } : undefined),
  searchProfiles: async () => [
    { address: other, name: 'whale-watcher' },
    { address, name: 'Whale' },
  ],
};

describe('whom the operator means', () => {
  it('is found by address in any letter case, and by a profile link or name that is exactly theirs', async () => {
    for (const reference of [
      LEADER,
      LEADER.toUpperCase().replace('X', 'x'),
      '@whale',
      'https://polymarket.com/@whale',
    ]) {
      expect(await lookUp(gamma, reference), reference).toMatchObject({ kind: 'found', address });
    }
  });

  it('is refused when no profile has the address or exactly the name', async () => {
    expect(await lookUp(gamma, other)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('no profile with this address'),
    });
    expect(await lookUp(gamma, '@whal')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('no profile with this name'),
    });
  });

  it.each(['', '0x123', 'https://example.com/@whale', 'javascript:alert(1)'])(
    'is refused for "%s", without asking',
    async (text) => {
      const silent = {
        fetchProfile: () => Promise.reject(new Error('asked')),
        searchProfiles: () => Promise.reject(new Error('asked')),
      };
      const answer = await lookUp(silent, text);
      expect(answer.kind).toBe('refused');
      expect(JSON.stringify(answer)).not.toContain('did not answer');
    },
  );

  it('is not guessed while the venue does not answer', async () => {
    const down = { ...gamma, fetchProfile: () => Promise.reject(new Error('timeout')) };
    expect(await lookUp(down, LEADER)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('did not answer'),
    });
  });
});
