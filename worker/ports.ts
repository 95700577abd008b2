/** What the app receives from outside: clock, ids, the venue's profiles. Tests pass their own. */
import type { JWTVerifyGetKey } from 'jose';
import type { LeaderAddress } from '../domain/ids.ts';
import type { Standing } from '../polymarket/public/standing.ts';
import type { Env } from './env.ts';

/** One of several profiles, with what distinguishes them. */
export interface FoundProfile extends Standing {
  readonly address: LeaderAddress;
  /** Hostile text. */
  readonly name: string;
}

export type ProfileAnswer =
  | { readonly kind: 'found'; readonly address: LeaderAddress; readonly name: string }
  /** A name that is not exactly one profile's: these have it, or one like it. */
  | { readonly kind: 'several'; readonly reason: string; readonly profiles: readonly FoundProfile[] }
  /** What was typed cannot be followed, in words for the operator. */
  | { readonly kind: 'refused'; readonly reason: string };

export type ProfilesAnswer =
  | {
      readonly kind: 'found';
      readonly profiles: readonly FoundProfile[];
    }
  /** Why no one is shown, in words for the operator. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface AppPorts {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** The leader behind an address or a profile link. Never throws. */
  readonly findProfile: (env: Env, reference: string) => Promise<ProfileAnswer>;
  /** Whose profile has this name, or part of it; an address or a link finds its own. Never throws. */
  readonly searchProfiles: (env: Env, text: string) => Promise<ProfilesAnswer>;
  /** The public keys of a Cloudflare Access team, given as its origin. Asking for a key rejects when they cannot be read. */
  readonly accessKeys: (teamOrigin: string) => JWTVerifyGetKey;
}

/** The environment of the Hono app. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** Who is signed in, for the audit log: 'operator' by the password, the e-mail address by Cloudflare Access. */
    actor: string;
  };
}
