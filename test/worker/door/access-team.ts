/** A Cloudflare Access team made for tests: its own key, tokens signed with it, its key set without a network. */
import {
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';
import type { Env } from '../../../worker/env.ts';
import { type Harness, harness } from '../harness.ts';

export const TEAM = 'https://spies.cloudflareaccess.com';
export const AUDIENCE = 'a'.repeat(64);
export const OPERATOR = 'ann@example.com';

export const ACCESS = {
  ACCESS_TEAM_DOMAIN: TEAM,
  ACCESS_AUD: AUDIENCE,
  ACCESS_EMAILS: `${OPERATOR}, Bob@Example.com`,
};

type Claims = Readonly<Record<string, unknown>>;

export interface Team {
  /** A token as Access makes it, good for an hour from the app's now; `claims` replace its own, undefined leaves one out. */
  token(app: Harness, claims?: Claims, kid?: string): Promise<string>;
  /** As Access publishes it. */
  readonly published: JSONWebKeySet;
  readonly keys: JWTVerifyGetKey;
}

/** A team with a key of its own, published under `kid`. */
export async function team(kid = 'key-1'): Promise<Team> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const published = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] };
  return {
    published,
    keys: createLocalJWKSet(published),
    token(app, claims = {}, signedAs = kid) {
      const seconds = Math.floor(app.nowMs / 1_000);
      const own = {
        type: 'app',
        iss: TEAM,
        aud: [AUDIENCE],
        email: OPERATOR,
        sub: 'subject',
        iat: seconds,
        nbf: seconds,
        exp: seconds + 3_600,
      };
      return new SignJWT({ ...own, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: signedAs })
        .sign(privateKey);
    },
  };
}

/** The team of every app below: making a key takes a tenth of a second, and none of them changes it. */
let spiesOnce: Promise<Team> | undefined;

/** The app behind Access, and what one sends to come through. */
export async function behindAccess(variables: Partial<Env> = {}): Promise<{
  readonly app: Harness;
  readonly spies: Team;
  readonly as: (claims?: Claims) => Promise<Record<string, string>>;
}> {
  const app = harness({ ...ACCESS, ...variables });
  spiesOnce ??= team();
  const spies = await spiesOnce;
  app.accessKeys = (teamOrigin) => {
    if (teamOrigin === TEAM) return spies.keys;
    throw new Error(`not the keys of ${teamOrigin}`);
  };
  const as = async (claims?: Claims) => ({ 'cf-access-jwt-assertion': await spies.token(app, claims) });
  return { app, spies, as };
}

/** A key set that cannot be read, as jose says it of the real one. */
export const unreadableKeys: JWTVerifyGetKey = () => Promise.reject(new errors.JWKSTimeout());
