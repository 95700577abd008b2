/** The share of each limit of the plan that is used: what stops the product, or costs money, when it is reached. */
import type { Meter, Plan } from '../../domain/settings/plans.ts';

export type MeterName = Meter | 'databaseBytes';

export interface LimitView {
  readonly name: MeterName;
  readonly used: number;
  readonly allowed: number;
  readonly shareBps: number;
  readonly isWarned: boolean;
}

export const METER_LABELS = {
  workerRequests: 'Worker requests (pages, cron)',
  objectRequests: 'Object requests',
  objectGbSeconds: 'Object duration (GB-s)',
  objectRowsRead: 'Object rows read',
  objectRowsWritten: 'Object rows written',
  d1RowsRead: 'D1 rows read',
  d1RowsWritten: 'D1 rows written',
  databaseBytes: 'D1 storage (bytes)',
} as const satisfies Record<MeterName, string>;

export function Limits(props: { readonly plan: Plan; readonly limits: readonly LimitView[] }) {
  const { plan, limits } = props;
  return (
    <section class="card" id="limits">
      <h2>Limits of the {plan === 'FREE' ? 'Free' : 'Paid'} plan</h2>
      <table>
        <thead>
          <tr>
            <th>Meter</th>
            <th class="number">Used today (UTC)</th>
            <th class="number">{plan === 'FREE' ? 'Allowed a day' : 'Included a day'}</th>
            <th class="number">Share</th>
          </tr>
        </thead>
        <tbody>
          {limits.map(({ name, used, allowed, shareBps, isWarned }) => (
            <tr>
              <td data-label="Meter">{METER_LABELS[name]}</td>
              <td data-label="Used today" class="number">
                {whole(used)}
              </td>
              <td data-label="Allowed" class="number">
                {whole(allowed)}
              </td>
              <td data-label="Share" class="number">
                {isWarned ? <span class="badge bad">{shareInWords(shareBps)}</span> : shareInWords(shareBps)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">
        Counted by the product itself, hence at least this much: the last minutes of an instance that ended
        are not in it, nor are sign-in pages, CPU time, the storage of objects, and messages on outgoing
        sockets, should Cloudflare bill those. From 80 % on you are warned.{' '}
        {plan === 'FREE'
          ? 'At 100 % calls fail until midnight UTC; the Paid plan has no such stop.'
          : 'What is beyond is billed.'}{' '}
        The plan is a setting of <a href="/config#storage">Config</a>.
      </p>
    </section>
  );
}

export function shareInWords(shareBps: number): string {
  return `${(shareBps / 100).toFixed(shareBps < 1_000 ? 1 : 0)} %`;
}

function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
