/** What Cloudflare's two plans allow, as read on 2026-11-22. A day's meters begin again at midnight UTC. */

export const PLANS = ['FREE', 'PAID'] as const;
export type Plan = (typeof PLANS)[number];

const MEGABYTE = 1_000_000;

/** Bytes of one D1 database. */
export const DATABASE_BYTES_MAX = { FREE: 500 * MEGABYTE, PAID: 10_000 * MEGABYTE } as const satisfies Record<
  Plan,
  number
>;

/** Of the size that the settings allow: from here on young rows are removed too, so that it is never reached. */
const YOUNG_BPS = 8_500;

/** Bytes of D1 beyond which also rows go that are not old yet. */
export function youngRowsBytes(settings: { readonly plan: Plan; readonly databaseBpsMax: number }): number {
  return (((DATABASE_BYTES_MAX[settings.plan] * settings.databaseBpsMax) / 10_000) * YOUNG_BPS) / 10_000;
}
