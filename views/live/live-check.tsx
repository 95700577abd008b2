/** What `live:check` found, item by item in words: on Status, and beside the switch that needs every item ready. */
import type { CheckItem } from '../../domain/orders/orders.ts';

/** What was found; a sentence where the check gave no answer; undefined where it was not made. */
export type LiveCheckView = readonly CheckItem[] | string | undefined;

const CHECK_LABELS = {
  key: 'Private key',
  funder: 'Funder address',
  signatureType: 'Signature type',
  credentials: 'Credentials',
  balance: 'Balance',
  allowances: 'Allowances',
  region: 'Region',
  clock: 'Clock',
  userChannel: 'User channel',
  account: 'Account',
} as const satisfies Record<CheckItem['name'], string>;

const CHECK_STATES = {
  READY: ['good', 'ready'],
  NOT_READY: ['bad', 'not ready'],
  UNKNOWN: ['skip', 'not known'],
} as const satisfies Record<CheckItem['state'], readonly [tone: string, word: string]>;

export function CheckItems({ checks }: { readonly checks: LiveCheckView }) {
  if (checks === undefined) return null;
  if (typeof checks === 'string')
    return (
      <p class="error" role="alert">
        {checks}
      </p>
    );
  return (
    <dl class="checks">
      {checks.map(({ name, state, sentence }) => (
        <div>
          <dt>
            {CHECK_LABELS[name]}{' '}
            <span class={`badge ${CHECK_STATES[state][0]}`}>{CHECK_STATES[state][1]}</span>
          </dt>
          <dd>{sentence}</dd>
        </div>
      ))}
    </dl>
  );
}
