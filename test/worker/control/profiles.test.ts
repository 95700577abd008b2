import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { cash, shares } from '../../../domain/money.ts';
import { lookUp } from '../../../worker/control/profiles.ts';
import { LEADER } from '../../ledger/records.ts';

const address = parseLeaderAddress(LEADER)!;
const third = parseLeaderAddress(`0x${'d'.repeat(40)}`)!;
const other = parseLeaderAddress(`0x${'e'.repeat(40)}`)!;
const STANDING = { volumeShareMicros: shares(12_000_000n), pnlMicros: cash(-3_000_000n) };
const gamma = {
  fetchStanding: async () => STANDING,
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
      'whale',
      'WHALE',
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
    const none = { ...gamma, searchProfiles: async () => [] };
    expect(await lookUp(none, '@whal')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('no profile with this name'),
    });
  });

  it('is listed with volume and profit, and nobody is followed, when several profiles have the name', async () => {
    const twice = {
      ...gamma,
      searchProfiles: async () => [
        { address, name: 'Whale' },
        { address: other, name: 'whale' },
        { address: third, name: 'whale-watcher' },
      ],
    };
    const answer = await lookUp(twice, 'whale');
    expect(answer).toMatchObject({
      kind: 'several',
      reason: '2 profiles have this name; none was followed, choose one',
      profiles: [
        { address, name: 'Whale', ...STANDING },
        { address: other, name: 'whale', ...STANDING },
      ],
    });
  });

  it('is listed, and never guessed, when a profile only has a name like it', async () => {
    const answer = await lookUp(gamma, 'whal');
    expect(answer).toMatchObject({
      kind: 'several',
      reason: expect.stringContaining('exactly this name'),
      profiles: [{ address: other }, { address }],
    });
  });

  it('is listed although the venue does not say how they traded', async () => {
    const silent = { ...gamma, fetchStanding: () => Promise.reject(new Error('timeout')) };
    expect(await lookUp(silent, 'whal')).toMatchObject({
      kind: 'several',
      profiles: [{ volumeShareMicros: null, pnlMicros: null }, { address }],
    });
  });

  it('is one profile, though the venue lists it twice', async () => {
    const twice = { ...gamma, searchProfiles: async () => [1, 2].map(() => ({ address, name: 'whale' })) };
    expect(await lookUp(twice, 'whale')).toMatchObject({ kind: 'found', address });
  });

  it.each(['', '0x123', 'https://example.com/@whale', 'javascript:alert(1)'])(
    'is refused for "%s", without asking',
    async (text) => {
      const silent = {
        fetchStanding: () => Promise.reject(new Error('asked')),
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
