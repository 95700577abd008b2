/**
 * What changes our account without a trade, from the Data API: deposits, withdrawals, splits, merges, redemptions, rewards.
 * It is the evidence for ledger entries that no order explains. A damaged row is refused with its reason.
 */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import type { CashMicros, ShareMicros } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { parsePage } from '../public/data-api.ts';
import { badPayload, fetchJson, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, objectOf, type Refused } from '../wire/refused.ts';
import {
  atMsSchema,
  cashMicrosSchema,
  conditionIdSchema,
  optional,
  shareMicrosSchema,
  tokenIdSchema,
  txHashSchema,
} from '../wire/schemas.ts';

const ACCOUNT_ACTIVITIES = [
  'DEPOSIT',
  'WITHDRAWAL',
  'SPLIT',
  'MERGE',
  'REDEEM',
  'CONVERSION',
  'REWARD',
  'YIELD',
  'MAKER_REBATE',
  'TAKER_REBATE',
  'REFERRAL_REWARD',
  'TIP',
  'MIGRATION',
] as const;
type AccountActivityType = (typeof ACCOUNT_ACTIVITIES)[number];

export interface AccountActivity {
  readonly type: AccountActivityType;
  readonly txHash: string;
  /** Undefined where money moved without a market. */
  readonly conditionId: ConditionId | undefined;
  readonly tokenId: TokenId | undefined;
  readonly shareMicros: ShareMicros | undefined;
  readonly cashMicros: CashMicros;
  readonly eventAtMs: number;
  /** The same on every read: the activity, and its number among equal ones of the transaction. */
  readonly key: string;
}

const PATH = '/v2/activity';
const ROWS_PER_PAGE = 500;
/** 10,000 rows; the rest comes with the next read. */
const PAGES_MAX = 20;

const rowSchema = z.object({
  type: z.enum(ACCOUNT_ACTIVITIES),
  transaction_hash: txHashSchema,
  condition_id: optional(conditionIdSchema),
  token_id: optional(tokenIdSchema),
  size: optional(shareMicrosSchema),
  usdc_size: cashMicrosSchema,
  timestamp: atMsSchema,
});

/** The account's activity from `startMs` on (rounded down to whole seconds), oldest first. Throws VenueError. */
export async function listAccountActivity(
  host: VenueHost,
  account: { readonly funderAddress: string; readonly startMs: number },
): Promise<{ readonly rows: readonly AccountActivity[]; readonly refused: readonly Refused[] }> {
  const rows: Omit<AccountActivity, 'key'>[] = [];
  const refused: Refused[] = [];
  let cursor: string | undefined;
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const json = await fetchJson(host, PATH, [
      ['user', account.funderAddress],
      ['exclude_deposits_withdrawals', 'false'],
      ['start', String(Math.max(0, Math.floor(account.startMs / 1_000)))],
      ['limit', String(ROWS_PER_PAGE)],
      ['cursor', cursor],
      ['_', String(host.nowMs())],
    ]);
    const page = parsePage(json, 'account activity', parseRow);
    if (page === undefined) throw badPayload(whereOf(host, PATH), 'not a page');
    rows.push(...page.rows);
    refused.push(...page.refused);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return { rows: withKeys(rows), refused };
}

function parseRow(
  value: unknown,
  refused: { readonly add: (reason: string, value: unknown) => void },
): Omit<AccountActivity, 'key'> | undefined {
  // Our trades are read from the CLOB; asked for without a type, since the venue may ignore a list of them (polymarket-api.md 0-).
  if (objectOf(value)?.type === 'TRADE') return undefined;
  const result = rowSchema.safeParse(value);
  if (!result.success) {
    refused.add(firstProblem(result.error), value);
    return undefined;
  }
  const { data } = result;
  return {
    type: data.type,
    txHash: data.transaction_hash,
    conditionId: data.condition_id,
    tokenId: data.token_id,
    shareMicros: data.size,
    cashMicros: data.usdc_size,
    eventAtMs: data.timestamp,
  };
}

function withKeys(rows: readonly Omit<AccountActivity, 'key'>[]): readonly AccountActivity[] {
  const seen = new Map<string, number>();
  return [...rows]
    .sort((left, right) => left.eventAtMs - right.eventAtMs)
    .map((row) => {
      const activity = [row.type, row.txHash, row.conditionId ?? '', row.tokenId ?? '', row.cashMicros].join(
        ':',
      );
      const number = seen.get(activity) ?? 0;
      seen.set(activity, number + 1);
      return { ...row, key: `${activity}:${number}` };
    });
}
