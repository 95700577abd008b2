/** The Wallet object: a shell around WalletCore. Two named instances, `paper` and `live`. */
import { DurableObject } from 'cloudflare:workers';
import { type LeaderAddress, type TokenId, TRADING_MODES, type TradingMode } from '../domain/ids.ts';
import type { CheckItem } from '../domain/orders/orders.ts';
import type { WalletPortfolio, WalletStatus } from '../domain/records/status.ts';
import type { Control } from '../domain/settings/control.ts';
import type { EntryState, LiveOverride } from '../domain/settings/switches.ts';
import { readControl } from '../ledger/write/control-store.ts';
import { ownAddresses } from '../polymarket/account/credentials.ts';
import { openWorkerSocket } from '../polymarket/wire/socket.ts';
import type { CopyResult } from './copy-answer.ts';
import type { ObjectEnv } from './env.ts';
import { type PageNews, pageNews } from './platform/page-news.ts';
import { relayFetch } from './platform/relay-fetch.ts';
import { roleOf } from './platform/role.ts';
import { feedFetch, feedStub, walletStub } from './platform/stubs.ts';
import { UsageMeter } from './platform/usage-meter.ts';
import { workerPorts } from './platform/workerd.ts';
import {
  type CashMove,
  type CashMoveResult,
  type CloseCommand,
  type CloseResult,
  type CopyRequest,
  type EntriesCommand,
  type ExitCommand,
  type ExitCommandResult,
  type LiveAcknowledgement,
  type LiveSwitchCommand,
  type PaperState,
  type PaperSwitchCommand,
  type PeakReset,
  type UserLiveCommand,
  WALLET_NAMES,
  type WalletRpc,
} from './rpc.ts';
import type { LiveDeps } from './wallet/live/account/live-deps.ts';
import { WalletCore } from './wallet/wallet-core.ts';

export class Wallet extends DurableObject<ObjectEnv> implements WalletRpc {
  private readonly core: WalletCore;
  private readonly news: PageNews;

  constructor(context: DurableObjectState, env: ObjectEnv) {
    super(context, env);
    const meter = new UsageMeter('wallets', () => Date.now());
    const ports = workerPorts(context, meter);
    const mode = roleOf(ports, context.id.name, modeNamed);
    this.news = pageNews(env);
    const core = new WalletCore(ports, {
      mode,
      feed: {
        freshQuote: (request) => feedStub(env).freshQuote(request),
        tokenStates: (...asked) => feedStub(env).tokenStates(...asked),
      },
      writeOutbox: (records) => meter.writeOutbox(env.DB, records),
      readControl: () => readControl(env.DB),
      publishTopics: this.news.report,
      own: ownAddresses(mode === 'LIVE' ? env : publicPart(env)),
      live: mode === 'LIVE' ? liveDeps(env, meter) : null,
      answerTimes: async () => (await walletStub(env, 'LIVE').status()).live?.answers ?? null,
    });
    this.core = meter.counted(core);
  }

  override alarm(): Promise<void> {
    return this.core.alarm();
  }
  ensureRunning(): Promise<void> {
    return this.core.ensureRunning();
  }
  async applyControl(control: Control): Promise<void> {
    this.core.applyControl(control);
    this.news.report(['switches']);
  }
  copy(request: CopyRequest): Promise<CopyResult> {
    return this.core.copy(request);
  }
  async heldLeaders(): Promise<readonly LeaderAddress[]> {
    return this.core.heldLeaders();
  }
  async bidCame(token: TokenId): Promise<void> {
    this.core.bidCame(token);
  }
  async moveCash(move: CashMove): Promise<CashMoveResult> {
    return this.core.moveCash(move);
  }
  async setTrading(command: PaperSwitchCommand): Promise<LiveAcknowledgement<PaperState>> {
    const { state, askedAtMs, savedVersion } = command;
    return this.switched(this.core.setTrading(state, askedAtMs, savedVersion));
  }
  async setLive({ state, askedAtMs, savedVersion }: LiveSwitchCommand): Promise<LiveAcknowledgement> {
    return this.switched(this.core.setLive(state, askedAtMs, savedVersion));
  }
  async setUserLive(command: UserLiveCommand): Promise<LiveAcknowledgement<LiveOverride>> {
    const { leaderAddress, override, askedAtMs, savedVersion } = command;
    return this.switched(this.core.setUserLive(leaderAddress, override, askedAtMs, savedVersion));
  }
  async setEntries(command: EntriesCommand): Promise<LiveAcknowledgement<EntryState>> {
    return this.switched(this.core.setEntries(command));
  }
  liveCheck(): Promise<readonly CheckItem[]> {
    return this.core.liveCheck();
  }
  async commandExit(command: ExitCommand): Promise<ExitCommandResult> {
    return this.core.commandExit(command);
  }

  closePosition(command: CloseCommand): Promise<CloseResult> {
    return this.core.closePosition(command);
  }
  async resetPeak(): Promise<PeakReset> {
    const reset = this.core.resetPeak();
    this.news.report(['paper', 'live']);
    return reset;
  }
  async portfolio(): Promise<WalletPortfolio> {
    return this.core.portfolio();
  }
  async status(): Promise<WalletStatus> {
    return this.core.status();
  }
  async release(): Promise<string> {
    return this.env.RELEASE?.id ?? '';
  }

  private switched<T>(answer: T): T {
    this.news.report(['switches']);
    return answer;
  }
}

function modeNamed(name: string): TradingMode | undefined {
  return TRADING_MODES.find((mode) => WALLET_NAMES[mode] === name);
}

/** The funder's address is no secret; the key is for the live Wallet alone. */
function publicPart({ POLYMARKET_FUNDER_ADDRESS }: ObjectEnv): Pick<ObjectEnv, 'POLYMARKET_FUNDER_ADDRESS'> {
  return POLYMARKET_FUNDER_ADDRESS === undefined ? {} : { POLYMARKET_FUNDER_ADDRESS };
}

/** The secrets go no further than the live Wallet's memory. */
function liveDeps(env: ObjectEnv, meter: UsageMeter): LiveDeps {
  return {
    secrets: {
      POLYMARKET_PRIVATE_KEY: env.POLYMARKET_PRIVATE_KEY,
      POLYMARKET_FUNDER_ADDRESS: env.POLYMARKET_FUNDER_ADDRESS,
      POLYMARKET_SIGNATURE_TYPE: env.POLYMARKET_SIGNATURE_TYPE,
    },
    fetch: relayFetch(
      { orderUrl: env.POLYMARKET_ORDER_URL, token: env.POLYMARKET_RELAY_TOKEN },
      (input, init) => fetch(input, init),
    ),
    publicFetch: feedFetch(env),
    openSocket: (url) => meter.heldBy(openWorkerSocket((input, init) => fetch(input, init), url)),
    random: Math.random,
    clobUrl: env.POLYMARKET_CLOB_URL,
    orderUrl: env.POLYMARKET_ORDER_URL ?? env.POLYMARKET_CLOB_URL,
    userChannelUrl: `${env.POLYMARKET_CLOB_WS_URL.replace(/\/+$/, '')}/ws/user`,
    geoblockUrl: env.POLYMARKET_GEOBLOCK_URL,
    dataUrl: env.POLYMARKET_DATA_URL,
  };
}
