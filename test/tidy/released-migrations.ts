// The migrations that a deployed database may already have applied, by SHA-256. They are never edited: what they did
// is changed by a further migration. Add a line here when a migration is released.
export const RELEASED_MIGRATIONS: Record<string, string> = {};
