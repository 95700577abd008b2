/**
 * Checks whether everything is ready for live trading, for `npm run live:check` and the Status page. It places no order:
 * the only POST has neither an order nor credentials in it.
 */
import { formatMicros } from '../../domain/money.ts';
import type { CheckItem } from '../../domain/orders/orders.ts';
import type { SocketState } from '../../domain/records/status.ts';
import * as z from '../../domain/zod.ts';
import { createClobApi } from '../public/clob-api.ts';
import { expectPayload, fetchJson, TIMEOUT_MS, USER_AGENT, type VenueHost } from '../wire/http.ts';
import { VenueError } from '../wire/venue-error.ts';
import { allowanceItem, neededExchanges } from './allowance-check.ts';
import { notReady, ready, unsure } from './check-items.ts';
import { deriveCredentials, type LiveSecrets, type SecretField, signatureTypeLabel } from './credentials.ts';
import { createTradingApi } from './trading-api.ts';
import type { ApiCredentials, TradingApi } from './trading-types.ts';

interface LiveCheckOptions {
  readonly secrets: LiveSecrets;
  readonly clobHost: VenueHost;
  /** Where orders are sent. The venue judges the region by where these requests come from. */
  readonly orderHost: VenueHost;
  readonly geoblockUrl: string;
  /** The state of the open user channel, where there is one. */
  readonly channelState?: () => SocketState;
  /** Without an open channel: opens one with these credentials. */
  readonly probeUserChannel?: (credentials: ApiCredentials) => Promise<ChannelProbe>;
  /** Where the positions are read that say which contracts this account needs; without it none is known to be needed. */
  readonly dataHost?: VenueHost;
}

/** What the user channel did after our subscription and a ping. */
export type ChannelProbe = 'STAYED_OPEN' | 'CLOSED' | 'SILENT';

/** With a larger difference the venue may refuse the time in our signatures. */
const SKEW_MS_MAX = 5_000;
const MISSING: Readonly<Record<SecretField, string>> = {
  POLYMARKET_PRIVATE_KEY: 'the private key of the account',
  POLYMARKET_FUNDER_ADDRESS: 'the address that holds the funds',
  POLYMARKET_SIGNATURE_TYPE: 'the kind of wallet: 0 EOA, 1 proxy wallet, 2 Safe, 3 deposit wallet',
};

/** One item per requirement, in the order of the screen. Never throws. */
export async function runLiveCheck(options: LiveCheckOptions): Promise<readonly CheckItem[]> {
  const { secrets } = options;
  const [account, region, clock] = await Promise.all([
    accountItems(options),
    regionItem(options),
    clockItem(options.clobHost),
  ]);
  return [...secretItems(secrets), ...account, region, clock];
}

function secretItems(secrets: LiveSecrets): readonly CheckItem[] {
  const fields = [
    ['key', 'POLYMARKET_PRIVATE_KEY'],
    ['funder', 'POLYMARKET_FUNDER_ADDRESS'],
    ['signatureType', 'POLYMARKET_SIGNATURE_TYPE'],
  ] as const;
  if (secrets.kind === 'ready') {
    const { signer } = secrets;
    return [
      ready('key', `The key belongs to ${signer.ownerAddress}.`),
      ready('funder', `The funds are held by ${signer.funderAddress}.`),
      ready('signatureType', `Orders are signed as type ${signatureTypeLabel(signer.signatureType)}.`),
    ];
  }
  return fields.map(([name, field]) => {
    if (secrets.kind === 'missing') {
      return secrets.names.includes(field)
        ? notReady(name, `${field} is not set: ${MISSING[field]}. Set it as a Worker secret.`)
        : unsure(name, `${field} is set; it is checked once all three are set.`);
    }
    return secrets.field === field
      ? notReady(name, secrets.sentence)
      : unsure(name, `${field} is set; it is checked once ${secrets.field} is right.`);
  });
}

const ACCOUNT_ITEMS = ['balance', 'allowances', 'account', 'userChannel'] as const;

async function accountItems(options: LiveCheckOptions): Promise<readonly CheckItem[]> {
  const { secrets } = options;
  if (secrets.kind !== 'ready') {
    return [
      unsure('credentials', 'Credentials are derived from the key once the three secrets are right.'),
      ...ACCOUNT_ITEMS.map((name) => unsure(name, 'Not checked yet: the secrets come first.')),
    ];
  }
  let credentials: ApiCredentials;
  try {
    credentials = await deriveCredentials(secrets, options.clobHost);
  } catch (error) {
    return [
      failedItem('credentials', 'The venue gave no credentials for this key', error),
      ...ACCOUNT_ITEMS.map((name) => unsure(name, 'Not checked: there are no credentials.')),
    ];
  }
  const api = createTradingApi({
    host: options.clobHost,
    orderHost: options.orderHost,
    signer: secrets.signer,
    credentials,
  });
  const [balances, account, channel] = await Promise.all([
    balanceItems(api, options),
    closedOnlyItem(api),
    channelItem(options, credentials),
  ]);
  return [
    ready('credentials', 'API credentials were derived from the key; they are kept in memory only.'),
    ...balances,
    account,
    channel,
  ];
}

async function balanceItems(api: TradingApi, options: LiveCheckOptions): Promise<readonly CheckItem[]> {
  try {
    const report = await api.fetchCollateral();
    const amount = `$${formatMicros(report.balanceMicros)}`;
    const balance =
      report.balanceMicros > 0n
        ? `The account holds ${amount} of collateral.`
        : 'The account holds no collateral (pUSD): ready, nothing to spend.';
    return [ready('balance', balance), allowanceItem(report, await neededExchanges(options))];
  } catch (error) {
    return [
      failedItem('balance', 'The balance could not be read', error),
      unsure('allowances', 'Not known: the balance could not be read.'),
    ];
  }
}

async function closedOnlyItem(api: TradingApi): Promise<CheckItem> {
  try {
    return (await api.fetchClosedOnly())
      ? notReady('account', 'The venue lets this account only close positions.')
      : ready('account', 'The venue lets this account open and close positions.');
  } catch (error) {
    return failedItem('account', "The account's standing could not be read", error);
  }
}

const CHANNEL_ITEMS: Readonly<Record<ChannelProbe, CheckItem>> = {
  STAYED_OPEN: ready('userChannel', 'The user channel answered and stayed open.'),
  CLOSED: notReady(
    'userChannel',
    'The venue closed the user channel after our subscription: it refuses the credentials.',
  ),
  SILENT: notReady('userChannel', 'The user channel opened and did not answer.'),
};

async function channelItem(options: LiveCheckOptions, credentials: ApiCredentials): Promise<CheckItem> {
  if (options.channelState !== undefined) {
    const state = options.channelState();
    return state === 'OPEN'
      ? ready('userChannel', 'The user channel is open.')
      : notReady('userChannel', `The user channel is not open (${state.toLowerCase()}).`);
  }
  if (options.probeUserChannel === undefined) return unsure('userChannel', 'The user channel was not tried.');
  try {
    return CHANNEL_ITEMS[await options.probeUserChannel(credentials)];
  } catch (error) {
    return failedItem('userChannel', 'The user channel could not be opened', error);
  }
}

/** POSTs to the order route without order or credentials: 403 means the region is refused; 400 or 401, that it is not. */
async function regionItem(options: LiveCheckOptions): Promise<CheckItem> {
  const { fetch, baseUrl } = options.orderHost;
  const where = await countrySentence(options);
  let status: number;
  let html: boolean;
  try {
    const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': USER_AGENT },
      body: '{}',
      redirect: 'manual',
      signal: AbortSignal.timeout(options.orderHost.timeoutMs ?? TIMEOUT_MS),
    });
    status = response.status;
    html = !(response.headers.get('content-type') ?? '').includes('json');
    await response.body?.cancel();
  } catch {
    // Connection refused, reset or timed out: the region is not known.
    return unsure('region', `The order route could not be reached. ${where}`.trim());
  }
  if (status === 403) {
    return notReady(
      'region',
      html
        ? `Orders are stopped on the way to the venue (403 by its proxy). ${where}`.trim()
        : `The venue takes no orders from this region. ${where}`.trim(),
    );
  }
  if (status === 400 || status === 401)
    return ready('region', `The venue takes orders from here. ${where}`.trim());
  return unsure(
    'region',
    `The order route answered ${status}, which says nothing about the region. ${where}`.trim(),
  );
}

const geoblockSchema = z.object({
  country: z.string().check(z.maxLength(60)),
  ip: z.nullish(z.string().check(z.maxLength(60))),
});

/** For information only: it follows the website's list of regions, not the API's (polymarket-api.md 8.2). */
async function countrySentence(options: LiveCheckOptions): Promise<string> {
  try {
    const { origin, pathname } = new URL(options.geoblockUrl);
    const host = { ...options.orderHost, baseUrl: origin };
    const { country } = expectPayload(host, pathname, geoblockSchema, await fetchJson(host, pathname));
    return `Seen from ${country}.`;
  } catch {
    // The country is only shown, so a failure leaves it out.
    return '';
  }
}

/** By how much our clock and the venue's differ. Throws VenueError. */
export async function clockSkewMs(host: VenueHost): Promise<number> {
  const venueMs = await createClobApi(host).fetchTimeMs();
  // The venue sends whole seconds, so its clock is half a second later on average.
  return Math.abs(host.nowMs() - (venueMs + 500));
}

export function isClockOff(skewMs: number): boolean {
  return skewMs > SKEW_MS_MAX;
}

export function skewSentence(skewMs: number): string {
  return `Our clock and the venue's differ by ${Math.round(skewMs / 1_000)} seconds: set it right.`;
}

async function clockItem(host: VenueHost): Promise<CheckItem> {
  try {
    const skewMs = await clockSkewMs(host);
    return isClockOff(skewMs)
      ? notReady('clock', skewSentence(skewMs))
      : ready('clock', "Our clock agrees with the venue's.");
  } catch (error) {
    return failedItem('clock', "The venue's clock could not be read", error);
  }
}

/** NOT_READY when the venue refused; UNKNOWN when it could not be reached. */
function failedItem(name: CheckItem['name'], what: string, error: unknown): CheckItem {
  if (!(error instanceof VenueError)) return unsure(name, `${what}.`);
  const sentence = `${what} (${error.message}).`;
  return error.status === 400 || error.status === 401 || error.status === 403
    ? notReady(name, sentence)
    : unsure(name, sentence);
}
