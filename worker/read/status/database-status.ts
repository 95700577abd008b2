/** Whether D1 answers now, how fast, and how large it is. */
import { reasonOf } from '../../../durable-objects/platform/ports.ts';
import type { DatabaseView } from '../../../views/status/overview.tsx';
import type { Env } from '../../env.ts';
import type { AppPorts } from '../../ports.ts';

/** Never throws. The time is that of one round trip, as this Worker's clock saw it. */
export async function databaseStatus(env: Env, ports: AppPorts): Promise<DatabaseView> {
  const startedMs = ports.nowMs();
  try {
    const { meta } = await env.DB.prepare('SELECT 1 AS one').run();
    const { size_after: sizeBytes } = meta as { readonly size_after?: unknown };
    return {
      answers: true,
      answerMs: ports.nowMs() - startedMs,
      sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : null,
    };
  } catch (error) {
    return { answers: false, reason: reasonOf(error) };
  }
}
