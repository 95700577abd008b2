/** The condition of the whole on one screen: each part, whether it is well, and what waits for the database. */
import type { ObjectStatus } from '../../domain/records/status.ts';
import { Time } from '../frame/time.tsx';
import { formatDuration, UNKNOWN } from '../words/format.ts';

export type DatabaseView =
  | { readonly answers: true; readonly answerMs: number; readonly sizeBytes: number | null }
  | { readonly answers: false; readonly reason: string };

export interface OverviewView {
  readonly objects: readonly ObjectStatus[];
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
          {objects.map((status) => (
            <ObjectLine status={status} nowMs={nowMs} />
          ))}
          <DatabaseLine database={database} />
        </tbody>
      </table>
    </section>
  );
}

function ObjectLine({ status, nowMs }: { readonly status: ObjectStatus; readonly nowMs: number }) {
  const { facts } = status;
  return (
    <tr>
      <td data-label="Part">{status.title}</td>
      <td data-label="Condition">
        <Condition well={status.healthy} />
      </td>
      <td data-label="Rows on their way" class="number">
        {wordOf(facts.outboxDepth)}
      </td>
      <td data-label="The oldest waits for">{ageOf(facts.outboxOldestAtMs, nowMs)}</td>
      <td data-label="Refused by D1" class="number">
        {wordOf(facts.outboxParked)}
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
          ? `answers in ${formatDuration(database.answerMs)}, ${sizeOf(database.sizeBytes)}`
          : UNKNOWN}
      </td>
      <td data-label="What is wrong">
        {database.answers
          ? UNKNOWN
          : `It does not answer (${database.reason}). Trading goes on; rows wait in the objects.`}
      </td>
    </tr>
  );
}

function Condition({ well }: { readonly well: boolean }) {
  return <span class={`badge ${well ? 'good' : 'bad'}`}>{well ? 'healthy' : 'needs attention'}</span>;
}

function wordOf(value: unknown): string {
  return value === null || value === undefined || value === '' ? UNKNOWN : String(value);
}

function ageOf(atMs: unknown, nowMs: number): string {
  return typeof atMs === 'number' ? formatDuration(nowMs - atMs) : UNKNOWN;
}

/** Megabytes, one place: only a person reads it. */
function sizeOf(bytes: number | null): string {
  return bytes === null ? 'size not told' : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Facts that are sentences of what is wrong; each is null while all is well. */
const WRONGS = [
  'noAnswerBecause',
  'pausedBecause',
  'outboxError',
  'accountProblem',
  'reconcileError',
] as const;

function wrongWith({ facts }: ObjectStatus): string {
  const wrongs = WRONGS.map((name) => facts[name]).filter((text) => typeof text === 'string' && text !== '');
  return wrongs.length === 0 ? UNKNOWN : wrongs.join(' · ');
}

/** The feeds and sockets, as the feed and the live Wallet tell them. */
export function Feeds(props: {
  readonly feed: ObjectStatus | undefined;
  readonly live: ObjectStatus | undefined;
  readonly nowMs: number;
}) {
  const feed = props.feed?.facts ?? {};
  const live = props.live?.facts ?? {};
  const lines = [
    {
      label: 'Leader trades (RTDS)',
      state: wordOf(feed.rtdsState),
      lastAtMs: feed.rtdsLastFrameAtMs,
      reconnects: feed.rtdsReconnects,
      more: feed.rtdsLastEnd,
    },
    {
      label: 'Order books (market channel)',
      state: feed.marketChannelOpen === true ? 'OPEN' : feed.marketChannelOpen === false ? 'CLOSED' : UNKNOWN,
      lastAtMs: feed.marketChannelLastFrameAtMs,
      reconnects: feed.marketChannelReconnects,
      more: feed.booksLive === undefined ? null : `${wordOf(feed.booksLive)} books`,
    },
    {
      label: 'Our own orders (user channel)',
      state: wordOf(live.userChannel),
      lastAtMs: live.lastReconcileAtMs,
      reconnects: live.userChannelReconnects,
      more: 'reconciled at the time shown',
    },
  ];
  return (
    <section class="card">
      <h2>Feeds and sockets</h2>
      <table>
        <thead>
          <tr>
            <th>Feed</th>
            <th>State</th>
            <th>Last heard</th>
            <th class="number">Reconnects</th>
            <th>More</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ label, state, lastAtMs, reconnects, more }) => (
            <tr>
              <td data-label="Feed">{label}</td>
              <td data-label="State">{state}</td>
              <td data-label="Last heard">
                {typeof lastAtMs === 'number' ? (
                  <>
                    <Time ms={lastAtMs} /> <small>{ageOf(lastAtMs, props.nowMs)} ago</small>
                  </>
                ) : (
                  UNKNOWN
                )}
              </td>
              <td data-label="Reconnects" class="number">
                {wordOf(reconnects)}
              </td>
              <td data-label="More">{wordOf(more)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
