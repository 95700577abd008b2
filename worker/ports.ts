/** What the app is given instead of reaching for it: clock, ids, the venue's profiles. Tests hand in their own. */
import type { LeaderAddress } from '../domain/ids.ts';
import type { Env } from './env.ts';

export type ProfileAnswer =
  | { readonly kind: 'found'; readonly address: LeaderAddress; readonly name: string }
  /** What was typed cannot be followed, in words for the operator. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface AppPorts {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Who is meant by an address or a profile link. Never throws. */
  readonly findProfile: (env: Env, reference: string) => Promise<ProfileAnswer>;
}

/** The environment of the Hono app. */
export interface AppEnv {
  Bindings: Env;
}
