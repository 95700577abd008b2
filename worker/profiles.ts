/** Whom the operator means: an address or a profile link, looked up at the venue. */
import { reasonOf } from '../durable-objects/ports.ts';
import { log } from '../durable-objects/worker-ports.ts';
import { createGammaApi, type GammaApi, parseProfileReference } from '../polymarket/gamma-api.ts';
import type { Env } from './env.ts';
import type { ProfileAnswer } from './ports.ts';

const NO_ANSWER = 'the venue did not answer; nothing was saved, please try again';

/** The leader behind a reference, or why there is none. Never throws. */
export async function findProfile(env: Env, reference: string): Promise<ProfileAnswer> {
  const host = {
    baseUrl: env.POLYMARKET_GAMMA_URL,
    fetch: (input: string, init?: RequestInit) => fetch(input, init),
    nowMs: () => Date.now(),
  };
  return lookUp(createGammaApi(host), reference);
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
