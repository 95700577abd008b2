/** Items that need the account's keys, all of them reads: 9 (user channel), 12 (allowances) and 14 (our trades). */
import { FILL_STATES } from '../../domain/orders/orders.ts';
import { createAccountCalls } from '../account/account-calls.ts';
import { EXCHANGES } from '../account/contracts.ts';
import { deriveCredentials, type LiveSecrets } from '../account/credentials.ts';
import { probeUserChannel } from '../account/live-check-from-env.ts';
import { type ApiCredentials, SIGNATURE_TYPES } from '../account/trading-types.ts';
import { objectOf } from '../wire/refused.ts';
import type { ProbeCalls } from './probe-calls.ts';
import { ask, differs, expected, NotAsked, type ProbeItem } from './probe-item.ts';

const DAY_S = 86_400;

export function accountItems(calls: ProbeCalls, secrets: LiveSecrets): readonly Promise<ProbeItem>[] {
  const account = accountOf(calls, secrets);
  // Each item reports by itself that there is none.
  account.catch(() => {});
  return [channelItem(calls, account), allowancesItem(account), tradesItem(calls, account)];
}

type Account = Awaited<ReturnType<typeof accountOf>>;

async function accountOf(calls: ProbeCalls, secrets: LiveSecrets) {
  if (secrets.kind !== 'ready') throw new NotAsked('The keys of the account are not all set.');
  const { fetch, nowMs } = calls.ports;
  const host = { baseUrl: calls.addresses.clobUrl, fetch, nowMs };
  const { signer } = secrets;
  const credentials = await deriveCredentials(secrets, host);
  return { credentials, signer, reads: createAccountCalls({ host, signer, credentials }) };
}

function channelItem(calls: ProbeCalls, account: Promise<Account>): Promise<ProbeItem> {
  const head = {
    item: '9',
    title: 'The user channel',
    request: 'user channel: our secret, then a wrong one',
  };
  return ask(head, async () => {
    const { credentials } = await account;
    const probe = (given: ApiCredentials) =>
      probeUserChannel({ url: calls.addresses.userUrl, credentials: given }, calls.ports);
    const right = await probe(credentials);
    const wrong = await probe({ ...credentials, secret: credentials.secret.split('').reverse().join('') });
    const seen = `With our secret: ${right.toLowerCase()}; with a wrong one: ${wrong.toLowerCase()}.`;
    return right === 'STAYED_OPEN' && wrong === 'CLOSED'
      ? expected(seen)
      : differs(seen, 'Whether the credentials are right shows in the reads of our orders alone.');
  });
}

function allowancesItem(account: Promise<Account>): Promise<ProbeItem> {
  const request = 'GET /balance-allowance for signature types 0 to 3';
  return ask({ item: '12', title: 'Balance and allowances', request }, async () => {
    const { reads, signer } = await account;
    const found: string[] = [];
    let named = 0;
    for (const type of SIGNATURE_TYPES) {
      const query = [['asset_type', 'COLLATERAL'] as const, ['signature_type', String(type)] as const];
      // A type that is not the account's may be refused.
      const answer = await reads.read('/balance-allowance', query).catch(() => undefined);
      const allowances = objectOf(objectOf(answer)?.allowances) ?? {};
      const spenders = Object.keys(allowances).map((one) => one.toLowerCase());
      found.push(`type ${type}: ${spenders.length}`);
      if (type === signer.signatureType)
        named = EXCHANGES.filter(({ address }) => spenders.includes(address.toLowerCase())).length;
    }
    const seen = `Contracts named: ${found.join(', ')}; for our type ${named} of our ${EXCHANGES.length} exchanges.`;
    return named > 0
      ? expected(seen)
      : differs(seen, 'Allowances are not known: the first order shows whether they suffice.');
  });
}

function tradesItem(calls: ProbeCalls, account: Promise<Account>): Promise<ProbeItem> {
  const head = { item: '14', title: 'Our trades of a day', request: 'GET /data/trades?after=…' };
  return ask(head, async () => {
    const { reads } = await account;
    const after = String(Math.floor(calls.ports.nowMs() / 1_000) - DAY_S);
    const query = [['after', after] as const, ['next_cursor', 'MA=='] as const];
    const page = objectOf(await reads.read('/data/trades', query));
    const rows = Array.isArray(page?.data) ? page.data : [];
    const words = [...new Set(rows.map((row) => String(objectOf(row)?.status)))];
    const unknown = words.filter((word) => !isKnownState(word));
    const seen = `${rows.length} trades; status ${words.join(', ') || 'none'}; next cursor ${String(page?.next_cursor)}; rate ${reads.rate().tier || 'not named'}.`;
    return unknown.length === 0
      ? expected(seen)
      : differs(
          `${seen} Unknown: ${unknown.join(', ')}.`,
          'Live trading stops until the words are understood.',
        );
  });
}

function isKnownState(word: string): boolean {
  const bare = word.replace(/^TRADE_STATUS_/, '');
  return bare === 'MATCHED_NOT_BROADCASTED' || FILL_STATES.some((known) => known === bare);
}
