/** How the operator signs in: by Cloudflare Access or by password. Fails closed: half a configuration lets no one in. */

import type { Env } from '../env.ts';
import { type Access, accessOf } from './access.ts';
import type { Secrets } from './session.ts';

export type Door =
  | { readonly kind: 'access'; readonly access: Access }
  | { readonly kind: 'password'; readonly secrets: Secrets }
  /** What is missing, naming the variable. */
  | { readonly kind: 'closed'; readonly problem: string };

/** Shorter secrets could be guessed despite the throttle (throttle.ts). `npm start` makes longer ones. */
const SECRETS = [
  { name: 'OPERATOR_PASSWORD', charsMin: 12 },
  { name: 'SESSION_SECRET', charsMin: 16 },
] as const;

/** The way to sign in that the variables configure. Where those of Access are set, there is no password. */
export function doorOf(env: Env): Door {
  const access = accessOf(env);
  if (access.kind === 'present') return { kind: 'access', access: access.access };
  if (access.kind === 'wrong') return { kind: 'closed', problem: access.problem };
  const missing = SECRETS.filter(({ name }) => (env[name] ?? '') === '').map(({ name }) => name);
  if (missing.length > 0) {
    return {
      kind: 'closed',
      problem: `set ${missing.join(' and ')}, or ACCESS_TEAM_DOMAIN, ACCESS_AUD and ACCESS_EMAILS for Cloudflare Access`,
    };
  }
  const short = SECRETS.find(({ name, charsMin }) => (env[name] ?? '').length < charsMin);
  if (short !== undefined) {
    return { kind: 'closed', problem: `${short.name} must have at least ${short.charsMin} characters` };
  }
  const { OPERATOR_PASSWORD: password = '', SESSION_SECRET: sessionSecret = '' } = env;
  return { kind: 'password', secrets: { password, sessionSecret } };
}
