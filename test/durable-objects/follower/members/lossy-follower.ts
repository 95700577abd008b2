/**
 * A whole FollowedUser beside a real paper Wallet. The FollowedUser can lose what it stored after any earlier point, while the
 * Wallet keeps what it decided: what a crash between a call and a commit leaves.
 */
import { DatabaseSync } from 'node:sqlite';
import type { TradingMode } from '../../../../domain/ids.ts';
import { shares } from '../../../../domain/money.ts';
import type { Control } from '../../../../domain/settings/control.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import type { CopyResult } from '../../../../durable-objects/copy-answer.ts';
import { FollowerCore } from '../../../../durable-objects/follower/follower-core.ts';
import type { SqlRow } from '../../../../durable-objects/platform/ports.ts';
import type { CopyRequest } from '../../../../durable-objects/rpc.ts';
import type { LeaderRow } from '../../../../polymarket/public/leader-row.ts';
import { MemoryPorts, START_MS } from '../../memory-ports.ts';
import { exampleQuote, type TurnRoom, turnRoom } from '../../wallet/turn-room.ts';
import { controlWith, decided, report } from '../follower-parts.ts';
import { LEADER, leaderRow } from '../leader-data.ts';

/** What was stored at a point, with the alarm. */
export interface Stored {
  readonly tables: readonly {
    readonly sql: string;
    readonly name: string;
    readonly rows: readonly SqlRow[];
  }[];
  readonly indexes: readonly string[];
  readonly alarmAtMs: number | undefined;
}

/** One leader trade as the venue has it: the rows of one transaction. */
export interface Trade {
  readonly rows: readonly LeaderRow[];
}

export interface Answered {
  readonly request: CopyRequest;
  readonly result: CopyResult;
}

export class LossyFollower {
  readonly room: TurnRoom;
  readonly trades: Trade[] = [];
  /** Every call that the Wallet answered, in order; answers that got lost too. */
  readonly answers: Answered[] = [];
  /** Runs when the Wallet has decided and before its answer leaves; a throw is an answer that was lost. */
  onDecided: () => void = () => {};
  ports = new MemoryPorts();
  core: FollowerCore;
  private paper: Partial<ModeSettings>;
  private version = 1;

  constructor(
    paper: Partial<ModeSettings> = {},
    /** Whose calls are decided, and counted. Live is called with a purchase before it is stored. */
    private readonly mode: TradingMode = 'PAPER',
  ) {
    const ages = { copyAgeMsMax: 3_600_000, carryAgeMsMax: 86_400_000, bookAgeMsMax: 60_000 };
    this.paper = { copyRateBps: 1_000, ...ages, ...paper };
    this.room = turnRoom(mode, { settings: this.paper });
    this.room.feed.answers = async () => {
      const nowMs = this.ports.atMs;
      return exampleQuote({
        book: { asOfMs: nowMs },
        market: { asOfMs: nowMs, closeAtMs: nowMs + 86_400_000 },
      });
    };
    this.core = this.start();
    this.core.applyControl(this.control());
    this.core.seed([], { complete: true, asOfMs: START_MS - 60_000, swept: true });
  }

  stored(): Stored {
    const { storage } = this.ports;
    const list = (type: string) =>
      storage.rows(
        `SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite%'`,
        type,
      );
    return {
      tables: list('table').map(({ name, sql }) => ({
        name: String(name),
        sql: String(sql),
        rows: storage.rows(`SELECT * FROM ${name}`),
      })),
      indexes: list('index').map(({ sql }) => String(sql)),
      alarmAtMs: this.ports.alarmAtMs,
    };
  }

  /** The instance dies; the next one finds this. */
  dies(stored: Stored = this.stored()): void {
    const database = new DatabaseSync(':memory:');
    for (const { sql, name, rows } of stored.tables) {
      database.exec(sql);
      for (const row of rows) {
        const names = Object.keys(row);
        database
          .prepare(`INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
          .run(...Object.values(row));
      }
    }
    for (const sql of stored.indexes) database.exec(sql);
    const next = new MemoryPorts(this.ports.atMs, database);
    next.alarmAtMs = stored.alarmAtMs;
    this.ports = next;
    this.core = this.start();
  }

  /** The leader trades: one transaction of rows with so many shares each, which nobody has seen yet. */
  trade(side: 'BUY' | 'SELL', sizes: readonly number[]): Trade {
    const tx = `trade ${this.trades.length}`;
    const rows = sizes.map((size, index) =>
      leaderRow({
        tx,
        side,
        shareMicros: shares(BigInt(size) * 1_000_000n),
        // Rows of one second would differ by size and price alone.
        eventAtMs: START_MS + this.trades.length * 1_000 + index,
      }),
    );
    const trade = { rows };
    this.trades.push(trade);
    return trade;
  }

  async streams(...rows: readonly LeaderRow[]): Promise<void> {
    await this.core.observe(report({ rows, detectedAtMs: this.ports.atMs }));
    await this.ports.settle();
  }

  /** All that the leader ever did, as the venue lists it. */
  async sweeps(): Promise<void> {
    const rows = this.trades.flatMap((trade) => trade.rows);
    const detectedAtMs = this.ports.atMs;
    await this.core.observe(report({ kind: 'sweep', source: 'DATA_API', rows, detectedAtMs }));
    await this.ports.settle();
  }

  async passes(ms: number): Promise<void> {
    // The instance may be replaced on the way; its clock goes on with the next one.
    const endMs = this.ports.atMs + ms;
    while (this.ports.atMs < endMs) {
      const { ports } = this;
      await ports.advance(Math.min(1_000, endMs - ports.atMs));
      if (this.ports !== ports) this.ports.atMs = Math.max(this.ports.atMs, ports.atMs);
    }
    this.room.ports.atMs = this.ports.atMs;
  }

  /** Settings change in D1, and the FollowedUser takes them. */
  change(paper: Partial<ModeSettings>): void {
    this.paper = { ...this.paper, ...paper };
    this.version += 1;
    this.core.applyControl(this.control());
  }

  /** What was decided, each key once. */
  decided(): readonly Answered[] {
    const byKey = new Map<string, Answered>();
    for (const answered of this.answers) {
      const { request, result } = answered;
      if (result.kind === 'decided' && !byKey.has(request.intent.idempotencyKey))
        byKey.set(request.intent.idempotencyKey, answered);
    }
    return [...byKey.values()];
  }

  private control(): Control {
    const { paper, version } = this;
    return controlWith({ paper, live: paper, liveTrading: this.mode === 'LIVE' ? 'ON' : 'OFF', version });
  }

  private start(): FollowerCore {
    const { ports } = this;
    const core = new FollowerCore(ports, {
      leaderAddress: LEADER,
      wallets: {
        PAPER: { copy: (request) => this.copy('PAPER', ports, structuredClone(request)) },
        LIVE: { copy: (request) => this.copy('LIVE', ports, structuredClone(request)) },
      },
      feed: { askReading: async () => {} },
      writeOutbox: async () => {},
      readControl: async () => undefined,
      publishTopics: () => {},
    });
    ports.onAlarm = () => core.alarm();
    return core;
  }

  private async copy(mode: TradingMode, caller: MemoryPorts, request: CopyRequest): Promise<CopyResult> {
    // An instance that has died calls nobody.
    if (caller !== this.ports) return new Promise(() => {});
    if (mode !== this.mode) return decided();
    this.room.ports.atMs = this.ports.atMs;
    const result = await this.room.turn.copy(request);
    this.answers.push({ request, result });
    this.onDecided();
    return caller === this.ports ? result : new Promise(() => {});
  }
}
