/**
 * The state of live trading as the Wallet itself reports it (R84): switches, credentials, channels, the venue, what is
 * unresolved. Everything is a dash while the Wallet does not answer. Its last error comes from the venue and is hostile text.
 */
import type { Child } from 'hono/jsx';
import type { FeedStatus, LiveStatus, WalletStatus } from '../../domain/records/status.ts';
import type { EntryState, LiveState } from '../../domain/settings/switches.ts';
import { Time } from '../frame/time.tsx';
import type { NoAnswer } from '../status/objects.ts';
import { formatDuration, formatUsd, UNKNOWN } from '../words/format.ts';
import { ENTRY_LABELS } from '../words/labels.ts';

export interface LiveStatusView {
  readonly nowMs: number;
  /** As saved in D1. */
  readonly liveTrading: LiveState;
  readonly liveEntries: EntryState;
  readonly paperTrading: 'ON' | 'OFF';
  readonly overrides: Readonly<Record<'INHERIT' | 'FORCE_ON' | 'FORCE_OFF', number>>;
  readonly wallet: WalletStatus | NoAnswer;
  readonly feed: FeedStatus | NoAnswer;
}

/** Undefined while the Wallet does not answer. */
type Live = LiveStatus | undefined;

type Tone = 'good' | 'bad' | 'skip' | 'on' | '';
interface Line {
  readonly label: string;
  readonly text: Child;
  readonly tone: Tone;
  readonly more?: Child;
}

export function LiveStatusPanel({ view }: { readonly view: LiveStatusView }) {
  const { wallet } = view;
  const live = wallet.kind === 'wallet' ? (wallet.live ?? undefined) : undefined;
  const lines = [
    ...switchLines(view, live),
    ...accountLines(live),
    ...channelLines(view, live),
    ...orderLines(live, view.nowMs),
  ];
  return (
    <section class={wallet.healthy ? 'card' : 'card attention'}>
      <h2>
        Live status{' '}
        <span class={`badge ${wallet.healthy ? 'good' : 'bad'}`}>
          {wallet.healthy ? 'healthy' : 'needs attention'}
        </span>
      </h2>
      <Alarms wallet={wallet} />
      <dl class="facts">
        {lines.map((line) => (
          <div>
            <dt>{line.label}</dt>
            <dd>
              <span class={line.tone === '' ? '' : `badge ${line.tone}`}>{line.text}</span>
              {line.more === undefined ? null : (
                <>
                  <br />
                  <small>{line.more}</small>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p>
        Last error: <span class="venue">{textOf(live?.lastError?.message)}</span>{' '}
        <small>{live?.lastError == null ? '' : timeOf(live.lastError.atMs)}</small>
      </p>
    </section>
  );
}

function Alarms({ wallet }: { readonly wallet: LiveStatusView['wallet'] }) {
  if (wallet.kind === 'no-answer') {
    return (
      <p class="error" role="alert">
        The live Wallet does not answer: {wallet.noAnswerBecause}
      </p>
    );
  }
  return (
    <>
      {wallet.pausedBecause === null ? null : (
        <p class="error" role="alert">
          The live Wallet has paused itself: {wallet.pausedBecause}
        </p>
      )}
      {wallet.trading === 'OFF' && wallet.openPositions > 0 ? (
        <p class="error" role="alert">
          Live is OFF, so exits are not copied either: {wallet.openPositions} positions stay as they are, see{' '}
          <a href="/real-portfolio">Real Portfolio</a>.
        </p>
      ) : null}
    </>
  );
}

function switchLines(view: LiveStatusView, live: Live): Line[] {
  const state = view.wallet.kind === 'wallet' ? view.wallet.trading : UNKNOWN;
  const { INHERIT, FORCE_ON, FORCE_OFF } = view.overrides;
  const tone = state === 'ON' ? 'on' : state === UNKNOWN ? 'bad' : 'skip';
  const switched: Line = { label: 'Live trading', text: state, tone };
  const differs = state !== view.liveTrading;
  const users = live?.effectiveUsers;
  return [
    differs ? { ...switched, more: `saved as ${view.liveTrading}; the Wallet decides` } : switched,
    entriesLine(view, live),
    { label: 'Paper trading', text: view.paperTrading, tone: view.paperTrading === 'ON' ? 'good' : 'skip' },
    {
      label: 'Leaders',
      text:
        users === undefined
          ? UNKNOWN
          : `${users.on} on, ${users.shadow} shadow, ${users.exitsOnly} exits only, ${users.off} off`,
      tone: '',
      more: `${INHERIT} inherit, ${FORCE_ON} forced on, ${FORCE_OFF} forced off`,
    },
  ];
}

/** Whether purchases may be made, as the Wallet holds it. */
function entriesLine({ liveEntries }: LiveStatusView, live: Live): Line {
  const held = live?.entries;
  const stopped = live?.leadersWithoutEntries ?? 0;
  return {
    label: 'Entries',
    text: held === undefined ? UNKNOWN : ENTRY_LABELS[held],
    tone: held === 'OFF' ? 'bad' : '',
    more: joined(
      held !== undefined && held !== liveEntries
        ? `saved as ${ENTRY_LABELS[liveEntries]}; the Wallet decides`
        : '',
      stopped === 0 ? '' : `stopped for ${stopped} leaders of their own`,
    ),
  };
}

function accountLines(live: Live): Line[] {
  const account = live?.account;
  const auth = textOf(account?.auth);
  const region = textOf(account?.region);
  return [
    {
      label: 'Authentication',
      text: auth,
      tone: auth === 'OK' ? 'good' : auth === UNKNOWN || auth === 'PENDING' ? '' : 'bad',
      more: (
        <>
          {joined(account?.authReason)} probed {timeOf(account?.authProbedAtMs)}
        </>
      ),
    },
    { label: 'API key', text: textOf(account?.apiKeyMasked), tone: '' },
    problemLine('Account', account?.problem, 'no problem known'),
    { label: 'Region', text: region, tone: /block/i.test(region) ? 'bad' : '' },
    { label: 'Collateral at the venue', text: formatUsd(account?.collateralMicros ?? null), tone: '' },
  ];
}

function channelLines({ feed, nowMs }: LiveStatusView, live: Live): Line[] {
  const account = live?.account;
  const user = textOf(live?.userChannel.state);
  const market = feed.kind === 'feed' ? (feed.marketChannel.open ? 'open' : 'closed') : UNKNOWN;
  const venue = problemLine('Venue', account?.venueCondition, 'takes orders');
  const untilMs = account?.venueUntilAtMs;
  const down = ageOf(live?.userChannel.downSinceAtMs, nowMs);
  const line: Line = { label: 'User channel', text: user, tone: toneOfChannel(user) };
  return [
    down === undefined ? line : { ...line, more: `down for ${down}` },
    { label: 'Market channel', text: market, tone: toneOfChannel(market) },
    isMoment(untilMs) ? { ...venue, more: <>until {timeOf(untilMs)}</> } : venue,
    {
      label: 'Rate budget left',
      text: textOf(account?.rateRemaining),
      tone: '',
      more: joined(`tier ${textOf(account?.rateTier)}`, account?.rateWarning),
    },
  ];
}

function orderLines(live: Live, nowMs: number): Line[] {
  const { orders, reconciliation } = live ?? {};
  const unresolved = textOf(orders?.unresolved);
  const oldest = ageOf(orders?.oldestUnresolvedAtMs, nowMs);
  const unresolvedLine: Line = {
    label: 'Orders without outcome',
    text: unresolved,
    tone: unresolved === '0' || unresolved === UNKNOWN ? '' : 'bad',
  };
  const queuedLine: Line = {
    label: 'Orders that wait for a call',
    text: textOf(live?.queued.intents),
    tone: '',
  };
  const waitsSince = ageOf(live?.queued.oldestAtMs, nowMs);
  const wrong = textOf(reconciliation?.error);
  return [
    { label: 'Last order', text: timeOf(orders?.lastAtMs), tone: '' },
    { label: 'Open orders', text: textOf(orders?.open), tone: '' },
    oldest === undefined ? unresolvedLine : { ...unresolvedLine, more: `the oldest for ${oldest}` },
    { label: 'Sales that wait for shares', text: textOf(live?.waitingExits), tone: '' },
    waitsSince === undefined ? queuedLine : { ...queuedLine, more: `the oldest for ${waitsSince}` },
    {
      label: 'Last reconciliation',
      text: timeOf(reconciliation?.lastAtMs),
      tone: wrong === UNKNOWN ? '' : 'bad',
      more: joined(wrong, `${textOf(reconciliation?.differences)} differences`),
    },
  ];
}

type Fact = string | number | null | undefined;

function textOf(fact: Fact): string {
  return fact === undefined || fact === null || fact === '' ? UNKNOWN : String(fact);
}

/** The parts that are known. */
function joined(...parts: readonly Fact[]): string {
  return parts
    .map(textOf)
    .filter((text) => text !== UNKNOWN)
    .join(' · ');
}

function isMoment(ms: number | null | undefined): ms is number {
  return typeof ms === 'number' && ms > 0;
}

function timeOf(ms: number | null | undefined): Child {
  return <Time ms={isMoment(ms) ? ms : null} />;
}

function ageOf(ms: number | null | undefined, nowMs: number): string | undefined {
  return isMoment(ms) ? formatDuration(nowMs - ms) : undefined;
}

/** Null says that there is no problem; undefined, that the Wallet did not say. */
function problemLine(label: string, problem: string | null | undefined, whenNone: string): Line {
  if (problem === undefined) return { label, text: UNKNOWN, tone: '' };
  return problem === null ? { label, text: whenNone, tone: 'good' } : { label, text: problem, tone: 'bad' };
}

function toneOfChannel(state: string): Tone {
  if (state === UNKNOWN) return '';
  return /^open$/i.test(state) ? 'good' : 'bad';
}
