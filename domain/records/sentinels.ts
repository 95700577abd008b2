/**
 * What stands in a key where there is no id. Keys never hold NULL: SQLite takes two NULLs for different values, so the same
 * row would go in twice (style.md 4.2). Each is part of the type of its field.
 */

/** No leader: the whole Wallet, or cash that belongs to no leader. */
export const NO_LEADER = '';
/** No group: the fill was only recorded. */
export const NO_GROUP = '';
/** No token: the entry or difference is about cash. */
export const NO_TOKEN = '';
/** No condition: the entry is about cash. */
export const NO_CONDITION = '';
/** No order at the venue: a shadow order. */
export const NO_ORDER = '';
/** No intent: a fill that no order of ours explains. */
export const NO_INTENT = '';
