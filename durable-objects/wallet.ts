/** The Wallet object: a shell around WalletCore. Two named instances, `paper` and `live`. */
import { DurableObject } from 'cloudflare:workers';
import type { Control } from '../domain/control.ts';
import type { LeaderAddress, TradingMode } from '../domain/ids.ts';
import type { WalletPortfolio, WalletStatus } from '../domain/status.ts';
import { readControl } from '../ledger/control-store.ts';
import { writeOutbox } from '../ledger/outbox-writer.ts';
import { FEED_NAME, type ObjectEnv, WALLET_NAMES } from './env.ts';
import type { CopyRequest, CopyResult, WalletPort } from './messages.ts';
import { type CashMove, type CashMoveResult, WalletCore } from './wallet-core.ts';
import { workerPorts } from './worker-ports.ts';

export class Wallet extends DurableObject<ObjectEnv> implements WalletPort {
  private readonly core: WalletCore;

  constructor(context: DurableObjectState, env: ObjectEnv) {
    super(context, env);
    const mode: TradingMode = context.id.name === WALLET_NAMES.LIVE ? 'LIVE' : 'PAPER';
    this.core = new WalletCore(workerPorts(context), {
      mode,
      feed: {
        freshQuote: (request) => env.LEADER_FEED.getByName(FEED_NAME).freshQuote(request),
        tokenStates: (tokens) => env.LEADER_FEED.getByName(FEED_NAME).tokenStates(tokens),
      },
      writeOutbox: (records) => writeOutbox(env.DB, records),
      readControl: () => readControl(env.DB),
    });
  }

  override alarm(): Promise<void> {
    return this.core.alarm();
  }
  ensureRunning(): Promise<void> {
    return this.core.ensureRunning();
  }
  async applyControl(control: Control): Promise<void> {
    this.core.applyControl(control);
  }
  copy(request: CopyRequest): Promise<CopyResult> {
    return this.core.copy(request);
  }
  async heldLeaders(): Promise<readonly LeaderAddress[]> {
    return this.core.heldLeaders();
  }
  async moveCash(move: CashMove): Promise<CashMoveResult> {
    return this.core.moveCash(move);
  }
  async setTrading(command: {
    readonly commandId: string;
    readonly state: 'ON' | 'OFF';
  }): Promise<{ state: 'ON' | 'OFF' }> {
    return this.core.setTrading(command.state);
  }
  async portfolio(): Promise<WalletPortfolio> {
    return this.core.portfolio();
  }
  async status(): Promise<WalletStatus> {
    return this.core.status();
  }
}
