// The cost bench: the product under three loads on virtual time, what it did counted by the runtime that bills, and priced by
// both plans. Pages cost besides: an open tab asks for parts of it.
import { cpus } from 'node:os';
import { OBJECT_GIGABYTES } from '../../../domain/settings/plans.ts';
import { RETENTION_EVERY_MS } from '../../../ledger/write/retention.ts';
import {
  type CostReport,
  classOf,
  costReport,
  type LoadCost,
  type Source,
  sourcesOf,
} from './cost-report.ts';
import { LOADS, type Load, type Ran, runLoad } from './loads.ts';
import type { Meter } from './meter.ts';
import type { D1Counted } from './meter-worker.ts';
import { FRAMES_PER_REQUEST } from './prices.ts';
import { Replay } from './replay.ts';

const DAY_SECONDS = 86_400;
const CRON_PER_DAY = 1_440;
const RETENTION_PER_DAY = (DAY_SECONDS * 1_000) / RETENTION_EVERY_MS;
/** Frames of RTDS on the real venue, as it was counted: they arrive whoever is followed (cloudflare-platform.md 3.6). */
const RTDS_FRAMES_PER_SECOND = 50;

/** Runs the loads of these names. `hours` replaces how long each is run. */
export async function measureCost({
  names,
  hours,
  say,
}: {
  names: readonly string[];
  hours?: number;
  say: (line: string) => void;
}): Promise<CostReport> {
  const costs: LoadCost[] = [];
  for (const load of LOADS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    say(`Running ${load.title}…`);
    const ran = await runLoad(load, hours ?? load.hours);
    say(`Counting ${ran.meter.statements.length} statements and ${ran.batches.length} batches in workerd…`);
    costs.push(await costOf(load, ran));
  }
  return costReport(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`, costs);
}

async function costOf(load: Load, ran: Ran): Promise<LoadCost> {
  const { meter } = ran;
  const replay = await Replay.open();
  try {
    const store = await replay.storeRows(meter.statements);
    const d1 = await replay.d1Rows(ran.batches, ran.batchesBefore);
    const control = await replay.repeated('readControl', ran.control, ran.endedAtMs);
    // Two calls: the kinds of rows take turns.
    const turns = await Promise.all(
      [0, RETENTION_EVERY_MS].map((ms) => replay.repeated('retain', ran.control, ran.endedAtMs + ms)),
    );
    const retention = { read: sumOf(turns, 'read'), written: sumOf(turns, 'written') };
    const toDay = DAY_SECONDS / ran.seconds;
    const rowsWritten = sourcesOf(store.written, toDay);
    const alarms = sourcesOf(meter.alarmsSet, toDay);
    const rowsRead = sourcesOf(store.read, toDay);
    const requests = sourcesOf(meter.requests, toDay).filter(({ object }) => object !== 'D1');
    // Every object reads the document by itself, and so does the cron.
    const controlReads = meter.requests.of('D1') * toDay + CRON_PER_DAY;
    // What was used is noted with each batch, and by the cron every five minutes (usage_days).
    const usageRows = (ran.batches.length - ran.batchesBefore) * toDay + CRON_PER_DAY / 5;
    const awake = meter.awakeTimes();
    const seconds = awake.reduce((sum, one) => sum + one.seconds, 0) * toDay;
    const frames = meter.frames.list().reduce((sum, { count }) => sum + count, 0) * toDay;
    const rtdsFrames = meter.frames.list().some(({ kind }) => kind === 'rtds')
      ? RTDS_FRAMES_PER_SECOND * DAY_SECONDS
      : 0;
    return {
      ...load,
      hours: ran.seconds / 3_600,
      fills: ran.fills,
      attempts: ran.attempts,
      day: {
        workerRequests: CRON_PER_DAY,
        objectRequests: sum(requests),
        objectGbSeconds: seconds * OBJECT_GIGABYTES,
        objectRowsRead: sum(rowsRead),
        objectRowsWritten: sum(rowsWritten) + sum(alarms),
        d1RowsRead: d1.read * toDay + control.read * controlReads + (retention.read * RETENTION_PER_DAY) / 2,
        // Each row is removed one day, which is billed like writing it; some are only changed, so this is the most.
        d1RowsWritten: 2 * d1.written * toDay + usageRows + (retention.written * RETENTION_PER_DAY) / 2,
        logEvents: CRON_PER_DAY + sum(requests) + ran.logLines * toDay,
      },
      requestsWithFrames: sum(requests) + (frames + rtdsFrames) / FRAMES_PER_REQUEST,
      d1BytesPerDay: (d1.bytesAfter - d1.bytesBefore) * toDay,
      objectBytes: [...store.bytes.values()].reduce((all, bytes) => all + bytes, 0),
      sources: {
        requests,
        seconds: secondsOf(meter, toDay),
        rowsWritten: [...rowsWritten, ...alarms].sort(byPerDay),
        rowsRead,
        d1: sourcesOf(d1.kinds, toDay),
      },
    };
  } finally {
    await replay.close();
  }
}

/** Whole seconds of each kind of object, each followed by its reasons, which overlap. */
function secondsOf(meter: Meter, toDay: number): readonly Source[] {
  const byKey = new Map<string, { object: string; kind: string; perDay: number }>();
  const add = (object: string, kind: string, seconds: number): void => {
    const key = `${object}|${kind}`;
    const known = byKey.get(key) ?? { object, kind, perDay: 0 };
    known.perDay += seconds * toDay;
    byKey.set(key, known);
  };
  for (const { object, seconds, why } of meter.awakeTimes()) {
    add(classOf(object), 'in all', seconds);
    for (const [reason, part] of why) add(classOf(object), `  by ${reason}`, part);
  }
  return [...byKey.values()].sort(byPerDay);
}

function byPerDay(left: Source, right: Source): number {
  return right.perDay - left.perDay;
}

function sumOf(counted: readonly D1Counted[], what: 'read' | 'written'): number {
  return counted.reduce((all, one) => all + one[what], 0);
}

function sum(sources: readonly Source[]): number {
  return sources.reduce((all, { perDay }) => all + perDay, 0);
}
