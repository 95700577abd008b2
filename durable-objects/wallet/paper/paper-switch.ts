/** The paper switch as a command: stored before its answer leaves, and with OFF pending copies are canceled. An ON that was on its way while OFF was pressed is refused. */
import type { LiveAcknowledgement, PaperState } from '../../rpc.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { Pause } from '../pause.ts';
import type { WalletSwitches } from '../switches.ts';
import type { WalletSettings } from '../wallet-settings.ts';

export class PaperSwitch {
  /** Carried by the newest ON that was answered. */
  private answeredVersion = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly kv: WalletKeyValue,
    private readonly switches: WalletSwitches,
    private readonly settings: Pick<WalletSettings, 'control'>,
    private readonly pause: Pick<Pause, 'end'>,
    /** Cancels what the switch no longer allows. */
    private readonly obey: () => void,
  ) {}

  /**
   * `askedAtMs` is when the operator asked; without it, after every OFF so far. `savedVersion` is the version of the control
   * document that carries the ON; commands are taken in the order in which they were saved, so that the newest answer and the
   * newest document agree. ON also ends a pause after a bug of ours.
   */
  set(
    state: PaperState,
    askedAtMs = Number.POSITIVE_INFINITY,
    savedVersion?: number,
  ): LiveAcknowledgement<PaperState> {
    if (state === 'OFF') this.kv.put('offAt', this.nowMs());
    else {
      const reason = this.obstacle(askedAtMs, savedVersion);
      if (reason !== undefined)
        return { kind: 'refused', reason, held: this.switches.state() === 'ON' ? 'ON' : 'OFF' };
      this.pause.end();
    }
    this.switches.set(state);
    this.obey();
    return { kind: 'done', state, inFlightOrderIds: [], cancelingOrderIds: [] };
  }

  private obstacle(askedAtMs: number, savedVersion: number | undefined): string | undefined {
    if (this.isOvertaken(savedVersion)) return 'meanwhile paper trading was set by another command';
    if (askedAtMs <= (this.kv.get('offAt') ?? -1)) return 'OFF was pressed after this was asked for';
    return undefined;
  }

  /** Whether a command that was saved later has been answered, or is in the Wallet's document and says OFF. */
  private isOvertaken(savedVersion: number | undefined): boolean {
    if (savedVersion === undefined) return false;
    const answered = this.answeredVersion;
    this.answeredVersion = Math.max(answered, savedVersion);
    const control = this.settings.control();
    return (
      savedVersion < answered || (control?.paperTrading === 'OFF' && savedVersion < (control.version ?? 0))
    );
  }
}
