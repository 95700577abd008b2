/**
 * How live trading stands, as the Wallet itself says (R84): switches, credentials, channels, the venue, what is unresolved.
 * What the Wallet does not tell is a dash. Its last error comes from the venue and is hostile: it is only ever text.
 */
import type { Child } from 'hono/jsx';
import type { ObjectStatus } from '../../domain/records/status.ts';
import type { LiveState } from '../../domain/settings/switches.ts';
import { Time } from '../frame/time.tsx';
import { formatDuration, formatUsd, UNKNOWN } from '../words/format.ts';

type Facts = ObjectStatus['facts'];

export interface LiveStatusView {
  readonly nowMs: number;
  /** As saved in D1. */
  readonly liveTrading: LiveState;
  readonly paperTrading: 'ON' | 'OFF';
  readonly overrides: Readonly<Record<'INHERIT' | 'FORCE_ON' | 'FORCE_OFF', number>>;
  readonly wallet: ObjectStatus;
  readonly feed: ObjectStatus;
}

type Tone = 'good' | 'bad' | 'skip' | 'on' | '';
interface Line {
  readonly label: string;
  readonly text: Child;
  readonly tone: Tone;
  readonly more?: Child;
}

export function LiveStatusPanel({ view }: { readonly view: LiveStatusView }) {
  const { facts } = view.wallet;
  const lines = [...switchLines(view), ...accountLines(facts), ...channelLines(view), ...orderLines(view)];
  return (
    <section class={view.wallet.healthy ? 'card' : 'card attention'}>
      <h2>
        Live status{' '}
        <span class={`badge ${view.wallet.healthy ? 'good' : 'bad'}`}>
          {view.wallet.healthy ? 'healthy' : 'needs attention'}
        </span>
      </h2>
      {typeof facts.noAnswerBecause === 'string' ? (
        <p class="error" role="alert">
          The live Wallet does not answer: {facts.noAnswerBecause}
        </p>
      ) : null}
      {typeof facts.pausedBecause === 'string' ? (
        <p class="error" role="alert">
          The live Wallet has paused itself: {facts.pausedBecause}
        </p>
      ) : null}
      {facts.trading === 'OFF' && Number(facts.openPositions ?? 0) > 0 ? (
        <p class="error" role="alert">
          Live is OFF, so exits are not copied either: {textOf(facts.openPositions)} positions stay as they
          are, see <a href="/real-portfolio">Real Portfolio</a>.
        </p>
      ) : null}
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
        Last error: <span class="venue">{textOf(facts.lastError)}</span>{' '}
        <small>{isMoment(facts.lastErrorAtMs) ? timeOf(facts.lastErrorAtMs) : ''}</small>
      </p>
    </section>
  );
}

function switchLines(view: LiveStatusView): Line[] {
  const { facts } = view.wallet;
  const state = typeof facts.trading === 'string' ? facts.trading : UNKNOWN;
  const { INHERIT, FORCE_ON, FORCE_OFF } = view.overrides;
  const tone = state === 'ON' ? 'on' : state === UNKNOWN ? 'bad' : 'skip';
  const live: Line = { label: 'Live trading', text: state, tone };
  const differs = state !== view.liveTrading;
  return [
    differs ? { ...live, more: `saved as ${view.liveTrading}; the Wallet decides` } : live,
    { label: 'Paper trading', text: view.paperTrading, tone: view.paperTrading === 'ON' ? 'good' : 'skip' },
    {
      label: 'Leaders',
      text: textOf(facts.effectiveUsers),
      tone: '',
      more: `${INHERIT} inherit, ${FORCE_ON} forced on, ${FORCE_OFF} forced off`,
    },
  ];
}

function accountLines(facts: Facts): Line[] {
  const auth = textOf(facts.auth);
  const region = textOf(facts.region);
  return [
    {
      label: 'Authentication',
      text: auth,
      tone: auth === 'OK' ? 'good' : auth === UNKNOWN || auth === 'PENDING' ? '' : 'bad',
      more: (
        <>
          {joined(facts.authReason)} probed {timeOf(facts.authProbedAtMs)}
        </>
      ),
    },
    { label: 'API key', text: textOf(facts.apiKeyMasked), tone: '' },
    problemLine('Account', facts.accountProblem, 'no problem known'),
    { label: 'Region', text: region, tone: /block/i.test(region) ? 'bad' : '' },
    { label: 'Collateral at the venue', text: usdOf(facts.collateralMicros), tone: '' },
  ];
}

function channelLines({ wallet: { facts }, feed, nowMs }: LiveStatusView): Line[] {
  const user = textOf(facts.userChannel);
  const market = marketChannel(feed.facts);
  const venue = problemLine('Venue', facts.venueCondition, 'takes orders');
  const down = ageOf(facts.userChannelDownSinceMs, nowMs);
  const line: Line = { label: 'User channel', text: user, tone: toneOfChannel(user) };
  return [
    down === undefined ? line : { ...line, more: `down for ${down}` },
    { label: 'Market channel', text: market, tone: toneOfChannel(market) },
    isMoment(facts.venueUntilMs) ? { ...venue, more: <>until {timeOf(facts.venueUntilMs)}</> } : venue,
    {
      label: 'Rate budget left',
      text: textOf(facts.rateRemaining),
      tone: '',
      more: joined(`tier ${textOf(facts.rateTier)}`, facts.rateWarning),
    },
  ];
}

/** How many sockets of the books are open, as the feed tells it. */
function marketChannel({ marketChannelOpen }: Facts): string {
  if (typeof marketChannelOpen === 'number')
    return marketChannelOpen > 0 ? `open (${marketChannelOpen})` : 'closed';
  if (typeof marketChannelOpen === 'boolean') return marketChannelOpen ? 'open' : 'closed';
  return UNKNOWN;
}

function orderLines({ wallet: { facts }, nowMs }: LiveStatusView): Line[] {
  const unresolved = textOf(facts.unresolvedOrders);
  const oldest = ageOf(facts.oldestUnresolvedAtMs, nowMs);
  const unresolvedLine: Line = {
    label: 'Orders without outcome',
    text: unresolved,
    tone: unresolved === '0' || unresolved === UNKNOWN ? '' : 'bad',
  };
  return [
    { label: 'Last order', text: timeOf(facts.lastOrderAtMs), tone: '' },
    { label: 'Open orders', text: textOf(facts.openOrders), tone: '' },
    oldest === undefined ? unresolvedLine : { ...unresolvedLine, more: `the oldest for ${oldest}` },
    { label: 'Sales that wait for shares', text: textOf(facts.waitingExits), tone: '' },
    {
      label: 'Last reconciliation',
      text: timeOf(facts.lastReconcileAtMs),
      tone: textOf(facts.reconcileError) === UNKNOWN ? '' : 'bad',
      more: joined(facts.reconcileError, `${textOf(facts.differences)} differences`),
    },
  ];
}

type Fact = Facts[string] | undefined;

function textOf(fact: Fact): string {
  if (fact === undefined || fact === null || fact === '') return UNKNOWN;
  return typeof fact === 'boolean' ? (fact ? 'yes' : 'no') : String(fact);
}

/** What there is of the parts. */
function joined(...parts: readonly Fact[]): string {
  return parts
    .map(textOf)
    .filter((text) => text !== UNKNOWN)
    .join(' · ');
}

function isMoment(fact: Fact): fact is number {
  return typeof fact === 'number' && fact > 0;
}

function timeOf(fact: Fact): Child {
  return <Time ms={isMoment(fact) ? fact : null} />;
}

function ageOf(fact: Fact, nowMs: number): string | undefined {
  return typeof fact === 'number' && fact > 0 ? formatDuration(nowMs - fact) : undefined;
}

/** Micros as a number, or as the text of an integer, which is how a bigint crosses as a fact. */
function usdOf(fact: Fact): string {
  const text = textOf(fact);
  return /^-?\d{1,18}$/.test(text) ? formatUsd(BigInt(text)) : UNKNOWN;
}

/** A Wallet that tells of no problem says so by an empty fact; one that tells nothing at all is not taken for well. */
function problemLine(label: string, fact: Fact, whenNone: string): Line {
  if (fact === undefined) return { label, text: UNKNOWN, tone: '' };
  const text = textOf(fact);
  return text === UNKNOWN ? { label, text: whenNone, tone: 'good' } : { label, text, tone: 'bad' };
}

function toneOfChannel(text: string): Tone {
  if (text === UNKNOWN) return '';
  return /^(open|ok|up|live|connected|yes|true)/i.test(text) ? 'good' : 'bad';
}
