/** The condition of the whole on one screen: each part, whether it is well, and what waits for the database. */

import { limitIn } from '../../domain/records/platform-limits.ts';
import type { FeedStatus, LiveStatus } from '../../domain/records/status.ts';
import { Time } from '../frame/time.tsx';
import { formatBytes, formatDuration, UNKNOWN } from '../words/format.ts';
import { limitInWords } from '../words/limit-words.ts';
import { type ObjectsView, type Part, partsOf, type StatusOf } from './objects.ts';

export type DatabaseView =
  | { readonly answers: true; readonly answerMs: number; readonly sizeBytes: number | null }
  | { readonly answers: false; readonly reason: string };

export interface OverviewView {
  readonly objects: ObjectsView;
  readonly database: DatabaseView;
  readonly nowMs: number;
}

export function Overview({ view: { objects, database, nowMs } }: { readonly view: OverviewView }) {
  return (
    <section class="card">
      <h2>Overview</h2>
      <table>
        <thead>
          <tr>
            <th>Part</th>
            <th>Condition</th>
            <th class="number">Rows on their way to D1</th>
            <th>The oldest waits for</th>
            <th class="number">Refused by D1</th>
            <th>What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {partsOf(objects).map((part) => (
            <PartLine part={part} nowMs={nowMs} />
          ))}
          <DatabaseLine database={database} />
        </tbody>
      </table>
    </section>
  );
}

function PartLine(props: { readonly part: Part; readonly nowMs: number }) {
  const { title, status } = props.part;
  const outbox = status.kind === 'no-answer' ? undefined : status.outbox;
  return (
    <tr>
      <td data-label="Part">{title}</td>
      <td data-label="Condition">
        <Condition well={status.healthy} />
      </td>
      <td data-label="Rows on their way" class="number">
        {outbox?.depth ?? UNKNOWN}
      </td>
      <td data-label="The oldest waits for">{ageOf(outbox?.oldestAtMs, props.nowMs)}</td>
      <td data-label="Refused by D1" class="number">
        {outbox?.parked ?? UNKNOWN}
      </td>
      <td data-label="What is wrong">{wrongWith(status)}</td>
    </tr>
  );
}

function DatabaseLine({ database }: { readonly database: DatabaseView }) {
  return (
    <tr>
      <td data-label="Part">Database (D1)</td>
      <td data-label="Condition">
        <Condition well={database.answers} />
      </td>
      <td data-label="Answer" colspan={3}>
        {database.answers
          ? `answers in ${formatDuration(database.answerMs)}, ${database.sizeBytes === null ? 'size not reported' : formatBytes(database.sizeBytes)}`
          : UNKNOWN}
      </td>
      <td data-label="What is wrong">
        {database.answers
          ? UNKNOWN
          : [
              ...inWords(database.reason),
              `It does not answer (${database.reason}). Trading goes on; rows wait in the objects.`,
            ].join(' ')}
      </td>
    </tr>
  );
}

function Condition({ well }: { readonly well: boolean }) {
  return <span class={`badge ${well ? 'good' : 'bad'}`}>{well ? 'healthy' : 'needs attention'}</span>;
}

function ageOf(atMs: number | null | undefined, nowMs: number): string {
  return typeof atMs === 'number' ? formatDuration(nowMs - atMs) : UNKNOWN;
}

function wrongWith(status: StatusOf): string {
  const wrongs = wrongsOf(status).filter((text) => text !== null);
  return wrongs.length === 0 ? UNKNOWN : wrongs.join(' · ');
}

/** The fields that say what is wrong; each is null while all is well. */
function wrongsOf(status: StatusOf): readonly (string | null)[] {
  if (status.kind === 'no-answer') return [...inWords(status.noAnswerBecause), status.noAnswerBecause];
  const limit = status.limit === undefined || status.limit === null ? [] : [limitInWords(status.limit.limit)];
  const common = [...limit, ...inWords(status.outbox.error), status.outbox.error, ...status.failingJobs];
  if (status.kind !== 'wallet') return common;
  const { pausedBecause, live } = status;
  return [pausedBecause, ...common, live?.account.problem ?? null, live?.reconciliation.error ?? null];
}

/** What to do about an error that names a limit of the platform. */
function inWords(error: string | null): readonly string[] {
  const limit = limitIn(error ?? '');
  return limit === undefined ? [] : [limitInWords(limit)];
}

interface FeedLine {
  readonly label: string;
  readonly state: string;
  readonly lastAtMs: number | null | undefined;
  readonly reconnects: number | undefined;
  readonly more: string;
}

/** The feeds and sockets, as the feed and the live Wallet report them; dashes for one that does not answer. */
export function Feeds({ objects, nowMs }: { readonly objects: ObjectsView; readonly nowMs: number }) {
  const { feed, live } = objects;
  const lines = [
    ...feedLines(feed.kind === 'feed' ? feed : undefined),
    userChannelLine(live.kind === 'wallet' ? live.live : null),
  ];
  return (
    <section class="card">
      <h2>Feeds and sockets</h2>
      <table>
        <thead>
          <tr>
            <th>Feed</th>
            <th>State</th>
            <th>Last received</th>
            <th class="number">Reconnects</th>
            <th>More</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ label, state, lastAtMs, reconnects, more }) => (
            <tr>
              <td data-label="Feed">{label}</td>
              <td data-label="State">{state}</td>
              <td data-label="Last received">
                {typeof lastAtMs === 'number' && lastAtMs > 0 ? (
                  <>
                    <Time ms={lastAtMs} /> <small>{ageOf(lastAtMs, nowMs)} ago</small>
                  </>
                ) : (
                  UNKNOWN
                )}
              </td>
              <td data-label="Reconnects" class="number">
                {reconnects ?? UNKNOWN}
              </td>
              <td data-label="More">{more === '' ? UNKNOWN : more}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function feedLines(feed: FeedStatus | undefined): readonly FeedLine[] {
  const { rtds, marketChannel, books, limits } = feed ?? {};
  const channelState = marketChannel?.open === true ? 'OPEN' : 'CLOSED';
  return [
    {
      label: 'Leader trades (RTDS)',
      state: rtds?.state ?? UNKNOWN,
      lastAtMs: rtds?.lastFrameAtMs,
      reconnects: rtds?.reconnects,
      more: rtds === undefined ? '' : streamInWords(rtds),
    },
    {
      label: 'Order books (market channel)',
      state: marketChannel === undefined ? UNKNOWN : channelState,
      lastAtMs: marketChannel?.lastFrameAtMs,
      reconnects: marketChannel?.reconnects,
      more: books === undefined ? '' : `${books.live} books`,
    },
    {
      label: 'Public reads of the venue',
      state: limits === undefined ? UNKNOWN : limits.pausedUntilMs === null ? 'OPEN' : 'PAUSED',
      lastAtMs: undefined,
      reconnects: undefined,
      more: limits === undefined ? '' : `${limits.refused} refused by its limits since the start`,
    },
  ];
}

function streamInWords({ unused, standIn, lastEnd }: FeedStatus['rtds']): string {
  if (unused === 'SETTING') return 'off by the setting: sweeps see trades, some ten seconds later';
  if (unused === 'NOBODY_FOLLOWED') return 'not needed: nobody is followed';
  if (standIn === null) return lastEnd;
  const late = standIn.late === 0 ? '' : `; ${standIn.late} of them are later, within the venue’s limits`;
  return `silent: ${standIn.leaders} leaders active in the last hour are swept every 20 s${late}`;
}

function userChannelLine(live: LiveStatus | null): FeedLine {
  return {
    label: 'Our own orders (user channel)',
    state: live?.userChannel.state ?? UNKNOWN,
    lastAtMs: live?.reconciliation.lastAtMs,
    reconnects: live?.userChannel.reconnects,
    more: 'reconciled at the time shown',
  };
}
