/**
 * The live Wallet's account at the venue: its connection, what is stored of it, and every problem that keeps orders from
 * leaving. Each state has a name and a sentence for the operator; none is ever guessed.
 */
import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import type { Side } from '../../../../domain/ids.ts';
import type { AccountProblem, CheckItem } from '../../../../domain/orders/orders.ts';
import type { AccountStatus, AuthState, LiveStatus } from '../../../../domain/records/status.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import { skewSentence } from '../../../../polymarket/account/live-check.ts';
import { VenueError } from '../../../../polymarket/wire/venue-error.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { WalletKeyValue } from '../../keys.ts';
import type { AccountState } from './account-state.ts';
import type { Connected, LiveConnection } from './connection.ts';
import type { LiveCheck } from './live-check.ts';
import type { VenueStanding } from './venue-standing.ts';

/** The venue refuses signatures of another time; beyond this its answers cannot be relied on (polymarket-api.md 2.2). */
const SKEW_MS_MAX = 5 * SECOND_MS;

export class LiveAccount {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    readonly connection: LiveConnection,
    readonly state: AccountState,
    readonly standing: VenueStanding,
    readonly check: LiveCheck,
  ) {}

  /** What calls need; null while there are no credentials. */
  ready(): Connected | null {
    return this.connection.ready();
  }

  /** Why no order may leave now; null when the account is ready. */
  gate(side: Side, settings: ModeSettings): ReasonCode | null {
    if (this.connection.secrets.kind !== 'ready') return 'LIVE_AUTH_MISSING';
    if (this.ready() === null)
      return this.standing.problemReason(side) === 'LIVE_CLOCK_SKEW' ? 'LIVE_CLOCK_SKEW' : 'LIVE_AUTH_FAILED';
    if (this.isOther()) return 'LIVE_ACCOUNT_PROBLEM';
    if (!this.check.isRegionAsked()) return 'LIVE_ACCOUNT_UNREAD';
    const problem = this.standing.problemReason(side);
    if (problem !== null) return problem;
    if (this.state.openedAtMs() === undefined) return 'LIVE_ACCOUNT_UNREAD';
    // A stale balance stops purchases; what the ledger holds for a leader may still be sold.
    if (side === 'BUY' && this.state.isStale()) return 'LIVE_ACCOUNT_UNREAD';
    if (this.connection.channelDownMs() > settings.channelDownMsMax) return 'LIVE_WS_DOWN';
    return this.standing.conditionReason();
  }

  /** Keeps orders from leaving until the operator has fixed it and switched on again. */
  setProblem(problem: AccountProblem, message: string): void {
    this.standing.setProblem(problem, message);
    if (problem === 'API_KEY_REFUSED') this.connection.disconnect();
  }

  /** Keys are set, but what a start has to read first has not been read yet. */
  isStarting(): boolean {
    return (
      this.connection.secrets.kind === 'ready' &&
      (this.ready() === null || !this.check.isRegionAsked() || this.state.isStale())
    );
  }

  /** The ledger describes another account than the secrets now name. */
  isOther(): boolean {
    const opened = this.state.openedFunder();
    const funder = this.ready()?.signer.funderAddress;
    return opened !== undefined && funder !== undefined && opened !== funder;
  }

  /** Reads the venue's clock and whether the account may open positions. Throws VenueError. */
  async probe(): Promise<void> {
    const ready = this.ready();
    if (ready === null) return;
    const venueMs = await ready.api.fetchTimeMs();
    // The venue's clock reports whole seconds.
    const skewMs = Math.abs(this.ports.nowMs() - venueMs);
    if (skewMs > SKEW_MS_MAX + SECOND_MS) this.setProblem('CLOCK_SKEW', skewSentence(skewMs));
    else this.standing.clearProblem('CLOCK_SKEW');
    if (await ready.api.fetchClosedOnly())
      this.setProblem('CLOSED_ONLY', 'the venue lets this account only close positions');
    else this.standing.clearProblem('CLOSED_ONLY');
  }

  /** The operator's check of everything that live trading needs. */
  runCheck(): Promise<readonly CheckItem[]> {
    return this.check.run(() => this.connection.channelState());
  }

  /** Takes a failed read that says something about the account as a whole. */
  readFailed(error: unknown): void {
    if (error instanceof VenueError && error.status === 401)
      this.setProblem('API_KEY_REFUSED', 'the venue refuses the API credentials');
  }

  authState(): AuthState {
    return this.connection.authState();
  }

  status(): Pick<LiveStatus, 'account' | 'userChannel'> {
    return { account: this.accountStatus(), userChannel: this.connection.channelStatus() };
  }

  private accountStatus(): AccountStatus {
    const condition = this.standing.condition();
    const current = condition !== undefined && condition.untilMs > this.ports.nowMs() ? condition : undefined;
    const rate = this.ready()?.api.rate();
    return {
      auth: this.authState(),
      authReason: this.connection.authReason(),
      authProbedAtMs: this.kv.get('authProbedAt') ?? null,
      apiKeyMasked: masked(this.ready()?.credentials.apiKey),
      problem: this.problemSentence(),
      venueCondition: current?.condition ?? null,
      venueUntilAtMs: current?.untilMs ?? null,
      rateRemaining: rate?.remaining ?? null,
      rateTier: rate?.tier ?? '',
      rateWarning: rate?.warning ?? '',
      collateralMicros: this.state.collateral()?.balanceMicros ?? null,
      openedAtMs: this.state.openedAtMs() ?? null,
      region: this.check.regionSentence() ?? null,
    };
  }

  private problemSentence(): string | null {
    const problems = this.standing.problems();
    if (problems.length > 0)
      return problems.map(({ problem, message }) => `${problem}: ${message}`).join('; ');
    return this.isOther()
      ? 'OTHER_ACCOUNT: the funder is not the one whose books these are; give the old one back, or deploy anew'
      : null;
  }
}

/** The first and last characters of the API-key id, which is in every order body but never whole on a screen. */
function masked(apiKey: string | undefined): string {
  return apiKey === undefined || apiKey.length < 12 ? '' : `${apiKey.slice(0, 4)}…${apiKey.slice(-4)}`;
}
