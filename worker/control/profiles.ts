/** The leader that the operator means: an address or a profile link, looked up at the venue. */
import type { LeaderAddress } from '../../domain/ids.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { feedFetch } from '../../durable-objects/platform/stubs.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { createGammaApi, type GammaApi, type Profile } from '../../polymarket/public/gamma-api.ts';
import { parseProfileReference } from '../../polymarket/public/profile-reference.ts';
import { fetchStanding, type Standing, UNKNOWN_STANDING } from '../../polymarket/public/standing.ts';
import type { Env } from '../env.ts';
import type { FoundProfile, ProfileAnswer, ProfilesAnswer } from '../ports.ts';

const NO_ANSWER = 'the venue did not answer; nothing was saved, please try again';

/** What profiles are looked up with. */
export interface ProfileVenue extends Pick<GammaApi, 'fetchProfile' | 'searchProfiles'> {
  fetchStanding(address: LeaderAddress): Promise<Standing>;
}

function venueOf(env: Env): ProfileVenue {
  const given = {
    fetch: feedFetch(env),
    nowMs: () => Date.now(),
  };
  return {
    ...createGammaApi({ ...given, baseUrl: env.POLYMARKET_GAMMA_URL }),
    fetchStanding: (address) => fetchStanding({ ...given, baseUrl: env.POLYMARKET_DATA_URL }, address),
  };
}

/** The leader behind a reference, or why there is none. Never throws. */
export async function findProfile(env: Env, reference: string): Promise<ProfileAnswer> {
  return lookUp(venueOf(env), reference);
}

/** Whose profile has this name, or part of it. Never throws. */
export async function searchProfiles(env: Env, text: string): Promise<ProfilesAnswer> {
  return searchByName(venueOf(env), text);
}

/** A name is as long at the venue. */
const NAME_CHARS_MAX = 80;

/** As `searchProfiles`, with the venue handed in. What is an address or a link is looked up as one. */
export async function searchByName(venue: ProfileVenue, text: string): Promise<ProfilesAnswer> {
  const wanted = text.trim().replace(/^@/, '');
  if (wanted === '') return { kind: 'refused', reason: 'Type a name to search for.' };
  const parsed = parseProfileReference(text);
  if (parsed.kind === 'address' || wanted.includes('/')) {
    const answer = await lookUp(venue, text);
    if (answer.kind === 'refused') return answer;
    const profiles = answer.kind === 'several' ? answer.profiles : await withStandings(venue, [answer]);
    return { kind: 'found', profiles };
  }
  if (wanted.length > NAME_CHARS_MAX) return { kind: 'refused', reason: 'No name is that long.' };
  try {
    const profiles = await venue.searchProfiles(wanted);
    return profiles.length > 0
      ? { kind: 'found', profiles: await withStandings(venue, profiles) }
      : { kind: 'refused', reason: 'The venue has no profile with this name.' };
  } catch (error) {
    log('warn', 'profiles not searched', { reason: reasonOf(error) });
    return { kind: 'refused', reason: 'The venue did not answer the search. Try again.' };
  }
}

/** As `findProfile`, with the venue handed in. */
export async function lookUp(venue: ProfileVenue, reference: string): Promise<ProfileAnswer> {
  const parsed = parseProfileReference(reference);
  if (parsed.kind === 'invalid') return { kind: 'refused', reason: parsed.reason };
  try {
    if (parsed.kind === 'address') {
      const profile = await venue.fetchProfile(parsed.address);
      if (profile === undefined)
        return { kind: 'refused', reason: 'the venue knows no profile with this address' };
      return { kind: 'found', ...profile };
    }
    return await byName(venue, parsed.name);
  } catch (error) {
    log('warn', 'profile not looked up', { reason: reasonOf(error) });
    return { kind: 'refused', reason: NO_ANSWER };
  }
}

/** Names are not unique, so one is followed only where it is exactly one profile's, in any letter case. */
async function byName(venue: ProfileVenue, name: string): Promise<ProfileAnswer> {
  const found = await venue.searchProfiles(name);
  const exact = found.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  const [only] = exact;
  if (only !== undefined && exact.every((one) => one.address === only.address))
    return { kind: 'found', ...only };
  if (found.length === 0) return { kind: 'refused', reason: 'the venue knows no profile with this name' };
  const reason =
    only === undefined
      ? 'the venue knows no profile with exactly this name; none was followed, choose one of those like it'
      : `${exact.length} profiles have this name; none was followed, choose one`;
  const profiles = await withStandings(venue, only === undefined ? found : exact);
  return { kind: 'several', reason, profiles };
}

/** With each profile's volume and profit; unknown where the venue does not answer that. */
function withStandings(venue: ProfileVenue, profiles: readonly Profile[]): Promise<readonly FoundProfile[]> {
  return Promise.all(
    profiles.map(async ({ address, name }) => ({ address, name, ...(await standingOf(venue, address)) })),
  );
}

async function standingOf(venue: ProfileVenue, address: LeaderAddress): Promise<Standing> {
  try {
    return await venue.fetchStanding(address);
  } catch (error) {
    log('warn', 'the standing of a profile is not known', { reason: reasonOf(error) });
    return UNKNOWN_STANDING;
  }
}
