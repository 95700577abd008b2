/**
 * Sign-in by Cloudflare Access: every request must carry a token that Access signed for this application, for a person on our
 * own list, since a policy at Cloudflare can be set wrong. A token that cannot be checked is refused.
 */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { Env } from '../env.ts';

/** What the variables say. */
export interface Access {
  /** `https://TEAM.cloudflareaccess.com`: who signs the tokens. */
  readonly teamOrigin: string;
  /** The tag of our application. */
  readonly audience: string;
  /** Who may use the app, in lower case. */
  readonly emails: ReadonlySet<string>;
}

export type AccessConfiguration =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly access: Access }
  /** Half configured is not configured: a sentence that names the variable. */
  | { readonly kind: 'wrong'; readonly problem: string };

export type AccessRefusal = keyof typeof REFUSALS;

export type AccessAnswer =
  | { readonly kind: 'operator'; readonly email: string }
  | { readonly kind: 'refused'; readonly reason: AccessRefusal }
  /** The keys of the team could not be read, so nothing is known of the token. */
  | { readonly kind: 'unavailable' };

/** Why a token is not taken: status and sentence of the page. 401 where signing in again helps. */
export const REFUSALS = {
  missing: {
    status: 401,
    sentence:
      'This request did not come through Cloudflare Access. Open the address that Access protects and sign in there.',
  },
  expired: { status: 401, sentence: 'Your sign-in with Cloudflare Access has expired. Load the page again.' },
  'not genuine': { status: 403, sentence: 'Cloudflare Access did not sign this request for our team.' },
  'wrong audience': {
    status: 403,
    sentence:
      'This sign-in is for another application: ACCESS_AUD is not the tag of the one that you came through.',
  },
  'wrong team': { status: 403, sentence: 'This sign-in is of another team than ACCESS_TEAM_DOMAIN names.' },
  'not on the list': {
    status: 403,
    sentence: 'Your e-mail address is not on the list of operators (ACCESS_EMAILS).',
  },
} as const satisfies Record<string, { readonly status: 401 | 403; readonly sentence: string }>;

const VARIABLES = ['ACCESS_TEAM_DOMAIN', 'ACCESS_AUD', 'ACCESS_EMAILS'] as const;
/** Teams live under this one domain; anything else would let a mistyped variable name the signer of our tokens. */
const TEAM_DOMAIN = /^(?:https:\/\/)?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.cloudflareaccess\.com)\/?$/;
const EMAIL = /^[\x21-\x7e]+@[\x21-\x7e]+$/;
const EMAIL_CHARS_MAX = 200;
/** Access and we read nearly the same clock. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Reads the three variables: all of them, or none. */
export function accessOf(env: Env): AccessConfiguration {
  const given = VARIABLES.filter((name) => (env[name] ?? '').trim() !== '');
  if (given.length === 0) return { kind: 'absent' };
  const missing = VARIABLES.filter((name) => !given.includes(name));
  if (missing.length > 0) return wrong(`Cloudflare Access needs ${missing.join(' and ')} too`);
  const [domain = '', audience = '', list = ''] = VARIABLES.map((name) => (env[name] ?? '').trim());
  const host = TEAM_DOMAIN.exec(lowerCase(domain))?.[1];
  if (host === undefined) return wrong('ACCESS_TEAM_DOMAIN must be https://YOUR-TEAM.cloudflareaccess.com');
  const emails = list.split(',').flatMap((part) => (part.trim() === '' ? [] : [lowerCase(part.trim())]));
  const malformed =
    emails.length === 0 || emails.some((one) => !EMAIL.test(one) || one.length > EMAIL_CHARS_MAX);
  if (malformed) return wrong('ACCESS_EMAILS must be e-mail addresses with commas between them');
  return { kind: 'present', access: { teamOrigin: `https://${host}`, audience, emails: new Set(emails) } };
}

function wrong(problem: string): AccessConfiguration {
  return { kind: 'wrong', problem };
}

/** ASCII letters only: a mail server may lower-case others differently. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Keys that were read are used for this long; one that is not among them is fetched at once. */
const KEYS_AGE_MS_MAX = 3_600_000;
const keysByTeam = new Map<string, JWTVerifyGetKey>();

/** The public keys of a team, kept while this isolate lives. Rejects when they cannot be read. */
export function accessKeys(teamOrigin: string): JWTVerifyGetKey {
  let keys = keysByTeam.get(teamOrigin);
  if (keys === undefined) {
    const url = new URL('/cdn-cgi/access/certs', teamOrigin);
    keys = createRemoteJWKSet(url, { cacheMaxAge: KEYS_AGE_MS_MAX });
    keysByTeam.set(teamOrigin, keys);
  }
  return keys;
}

/** Who sends a request with this `Cf-Access-Jwt-Assertion`. Never throws; logs why not, and never the token. */
export async function operatorOf(
  token: string | undefined,
  access: Access,
  { keys, nowMs }: { readonly keys: JWTVerifyGetKey; readonly nowMs: number },
): Promise<AccessAnswer> {
  if (token === undefined || token === '') return { kind: 'refused', reason: 'missing' };
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: access.teamOrigin,
      audience: access.audience,
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(nowMs),
    });
    const email = typeof payload.email === 'string' ? lowerCase(payload.email) : '';
    if (access.emails.has(email)) return { kind: 'operator', email };
    return refused('not on the list');
  } catch (error) {
    const reason = refusalOf(error);
    if (reason !== undefined) return refused(reason);
    log('error', 'the keys of Cloudflare Access were not read', { reason: reasonOf(error) });
    return { kind: 'unavailable' };
  }
}

function refused(reason: AccessRefusal): AccessAnswer {
  log('warn', 'a token of Cloudflare Access was refused', { reason });
  return { kind: 'refused', reason };
}

/** What jose found wrong with the token; undefined when it had no keys to check it with. */
function refusalOf(error: unknown): AccessRefusal | undefined {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'wrong audience';
    return error.claim === 'iss' ? 'wrong team' : 'not genuine';
  }
  const ofTheToken = [
    errors.JWSInvalid,
    errors.JWTInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ];
  return ofTheToken.some((kind) => error instanceof kind) ? 'not genuine' : undefined;
}
