/** Every binding and variable of the Worker. Secrets are optional in the type, since the app must say so when one is missing. */
import type { ObjectEnv } from '../durable-objects/env.ts';

export interface Env extends ObjectEnv {
  readonly ASSETS: Fetcher;
  readonly POLYMARKET_GEOBLOCK_URL: string;
  readonly OPERATOR_PASSWORD?: string;
  readonly SESSION_SECRET?: string;
  /** Cloudflare Access instead of the password: all three or none (access.ts). `https://TEAM.cloudflareaccess.com`. */
  readonly ACCESS_TEAM_DOMAIN?: string;
  /** The tag of the Access application. */
  readonly ACCESS_AUD?: string;
  /** Who may use the app: e-mail addresses with commas between them. */
  readonly ACCESS_EMAILS?: string;
  /** Lets a program read the exports with `Authorization: Bearer`; absent, no bearer is accepted. */
  readonly EXPORT_TOKEN?: string;
  /** Lets `npm run deploy` pause live trading and see that a release works; absent, the app has no such address. */
  readonly DEPLOY_TOKEN?: string;
  /** How long a page may wait for D1 in all, in ms; 2,500 unless set. For tests on a busy machine. */
  readonly PAGE_DATABASE_MS_MAX?: string;
  /** `address=label,...`: followed when the very first control document is made. */
  readonly FOLLOW_ON_FIRST_START?: string;
  /**
   * `SHADOW`: live trading of the very first control document, for practice: ON may follow after one minute there. Anything
   * else, and its absence, is OFF; ON is never taken.
   */
  readonly LIVE_ON_FIRST_START?: string;
}
