// What the load bench found, as numbers and as text. Pure: times in milliseconds, which are measured and not money.
import { percentile } from '../latency-report.ts';

/** Of design.md 12: leader fills a second through both Wallets with the lag flat. */
export const FILLS_PER_SECOND_BUDGET = 300;
/** The lag of the last third may exceed that of the first by so much. */
const GROWTH_MS_MAX = 250;

/** One copy of a leader's fill, by the app's own stamps. */
export interface Copied {
  readonly mode: string;
  readonly detectedAtMs: number;
  readonly decidedAtMs: number;
}

export interface Stage {
  readonly fillsPerSecond: number;
  readonly strangersPerSecond: number;
  readonly seconds: number;
  readonly sent: number;
  /** How many the fills a second really were: the sender shares the machine. */
  readonly sentPerSecond: number;
  readonly copied: readonly Copied[];
  /** From the last frame until D1 had the last row; null where some never came. */
  readonly drainedMs: number | null;
}

export interface StageReport extends Omit<Stage, 'copied'> {
  readonly decided: { readonly PAPER: number; readonly LIVE: number };
  /** Fills a second until the last of them was in D1; null where some never came. */
  readonly donePerSecond: number | null;
  /** 95th percentile of detection to decision, of the first and of the last third of the fills. */
  readonly lagFirstMs: number;
  readonly lagLastMs: number;
  /** Every fill was decided in both Wallets, and the last ones as soon as the first. */
  readonly flat: boolean;
}

export interface LoadReport {
  readonly bench: 'load';
  readonly stages: readonly StageReport[];
  /** The most fills a second with the lag flat. */
  readonly sustained: number;
  readonly budget: number;
  readonly met: boolean;
  readonly machine: string;
}

export function loadReport(stages: readonly Stage[], machine: string): LoadReport {
  const reports = stages.map(stageReport);
  const flat = reports.filter((stage) => stage.flat).map(({ sentPerSecond }) => Math.round(sentPerSecond));
  const sustained = Math.max(0, ...flat);
  const budget = FILLS_PER_SECOND_BUDGET;
  // A sender on a shared machine falls a little short of what it was asked for.
  return { bench: 'load', stages: reports, sustained, budget, met: sustained >= budget * 0.95, machine };
}

function stageReport({ copied, ...stage }: Stage): StageReport {
  const of = (mode: string): number => copied.filter((one) => one.mode === mode).length;
  const decided = { PAPER: of('PAPER'), LIVE: of('LIVE') };
  const sorted = copied.toSorted((a, b) => a.detectedAtMs - b.detectedAtMs);
  const third = Math.floor(sorted.length / 3);
  const lag = (part: readonly Copied[]): number =>
    percentile(
      part.map(({ detectedAtMs, decidedAtMs }) => decidedAtMs - detectedAtMs),
      0.95,
    );
  const lagFirstMs = lag(sorted.slice(0, third));
  const lagLastMs = lag(sorted.slice(sorted.length - third));
  const isWhole = decided.PAPER === stage.sent && decided.LIVE === stage.sent;
  const { sent, seconds, drainedMs } = stage;
  const donePerSecond = drainedMs === null ? null : sent / (seconds + drainedMs / 1_000);
  return {
    ...stage,
    decided,
    donePerSecond,
    lagFirstMs,
    lagLastMs,
    flat: isWhole && lagLastMs <= lagFirstMs + GROWTH_MS_MAX,
  };
}

/** The report for a person. */
export function loadText({ stages, sustained, budget, met, machine }: LoadReport): string {
  return [
    'Leader fills a second through paper and live in SHADOW; lag from detection to decision, 95 of 100',
    '  asked   sent/s  strangers/s   decided paper   live   of   lag first   lag last   in D1 after   done/s',
    ...stages.map((stage) =>
      [
        `  ${String(stage.fillsPerSecond).padStart(5)}`,
        stage.sentPerSecond.toFixed(0).padStart(9),
        String(stage.strangersPerSecond).padStart(13),
        String(stage.decided.PAPER).padStart(16),
        String(stage.decided.LIVE).padStart(7),
        String(stage.sent).padStart(5),
        `${stage.lagFirstMs.toFixed(0).padStart(9)} ms`,
        `${stage.lagLastMs.toFixed(0).padStart(8)} ms`,
        stage.drainedMs === null ? '      never' : `${(stage.drainedMs / 1_000).toFixed(1).padStart(9)} s`,
        (stage.donePerSecond?.toFixed(0) ?? '').padStart(9),
        stage.flat ? '' : '   grows',
      ].join(''),
    ),
    '',
    `Sustained: ${sustained} fills a second, budget ${budget}`,
    `${met ? 'Within budget' : 'BUDGET MISSED'}, on ${machine}`,
  ].join('\n');
}
