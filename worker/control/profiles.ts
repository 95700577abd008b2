/** The leader that the operator means: an address or a profile link, looked up at the venue. */
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { createGammaApi, type GammaApi } from '../../polymarket/public/gamma-api.ts';
import { parseProfileReference } from '../../polymarket/public/profile-reference.ts';
import type { Env } from '../env.ts';
import type { ProfileAnswer, ProfilesAnswer } from '../ports.ts';

const NO_ANSWER = 'the venue did not answer; nothing was saved, please try again';

function gammaOf(env: Env): GammaApi {
  return createGammaApi({
    baseUrl: env.POLYMARKET_GAMMA_URL,
    fetch: (input: string, init?: RequestInit) => fetch(input, init),
    nowMs: () => Date.now(),
  });
}

/** The leader behind a reference, or why there is none. Never throws. */
export async function findProfile(env: Env, reference: string): Promise<ProfileAnswer> {
  return lookUp(gammaOf(env), reference);
}

/** Whose profile has this name, or part of it. Never throws. */
export async function searchProfiles(env: Env, text: string): Promise<ProfilesAnswer> {
  return searchByName(gammaOf(env), text);
}

/** A name is as long at the venue. */
const NAME_CHARS_MAX = 80;

/** As `searchProfiles`, with the venue handed in. What is an address or a link is looked up as one. */
export async function searchByName(
  gamma: Pick<GammaApi, 'fetchProfile' | 'searchProfiles'>,
  text: string,
): Promise<ProfilesAnswer> {
  const wanted = text.trim().replace(/^@/, '');
  if (wanted === '') return { kind: 'refused', reason: 'Type a name to search for.' };
  const parsed = parseProfileReference(text);
  if (parsed.kind === 'address' || wanted.includes('/')) {
    const answer = await lookUp(gamma, text);
    return answer.kind === 'found' ? { kind: 'found', profiles: [answer] } : answer;
  }
  if (wanted.length > NAME_CHARS_MAX) return { kind: 'refused', reason: 'No name is that long.' };
  try {
    const profiles = await gamma.searchProfiles(wanted);
    return profiles.length > 0
      ? { kind: 'found', profiles }
      : { kind: 'refused', reason: 'The venue has no profile with this name.' };
  } catch (error) {
    log('warn', 'profiles not searched', { reason: reasonOf(error) });
    return { kind: 'refused', reason: 'The venue did not answer the search. Try again.' };
  }
}

/** As `findProfile`, with the venue handed in. */
export async function lookUp(
  gamma: Pick<GammaApi, 'fetchProfile' | 'searchProfiles'>,
  reference: string,
): Promise<ProfileAnswer> {
  const parsed = parseProfileReference(reference);
  if (parsed.kind === 'invalid') return { kind: 'refused', reason: parsed.reason };
  try {
    if (parsed.kind === 'address') {
      const profile = await gamma.fetchProfile(parsed.address);
      if (profile === undefined)
        return { kind: 'refused', reason: 'the venue knows no profile with this address' };
      return { kind: 'found', ...profile };
    }
    const wanted = parsed.name.toLowerCase();
    const found = (await gamma.searchProfiles(parsed.name)).find((one) => one.name.toLowerCase() === wanted);
    if (found === undefined) return { kind: 'refused', reason: 'the venue knows no profile with this name' };
    return { kind: 'found', ...found };
  } catch (error) {
    log('warn', 'profile not looked up', { reason: reasonOf(error) });
    return { kind: 'refused', reason: NO_ANSWER };
  }
}
