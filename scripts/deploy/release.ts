// One release after the other: live is paused and D1 has everything before, every object runs the new one after, or the one
// before comes back.
import { askPause, askReady, type Ready } from './app-client.ts';
import { answered } from './choices.ts';
import { type DeployPorts, DeployStop } from './ports.ts';
import { mustRun } from './wrangler-calls.ts';

const DRAIN_MS_MAX = 60_000;
/** Objects take new code at once; the platform says "within seconds" and promises no bound. */
const READY_MS_MAX = 120_000;
const LOOK_MS = 2_000;

/** Sets live OFF and waits until it is acknowledged. Where the app does not answer, the operator says whether it is OFF. */
export async function pauseLive(ports: DeployPorts): Promise<void> {
  const answer = await askPause(ports);
  if (answer.kind === 'paused') {
    ports.say('Live trading is OFF, acknowledged by the live Wallet. It resumes only by your click.');
    const open = [...answer.inFlight, ...answer.canceling];
    if (open.length > 0) ports.say(`Orders still on their way or being cancelled: ${open.join(', ')}.`);
    return;
  }
  ports.say(`Live trading could not be switched OFF from here: ${answer.because}.`);
  const typed = await answered(ports, 'Switch it OFF on the page, or be sure that it is. Then type off:');
  if (typed.toLowerCase() !== 'off') throw new DeployStop('Nothing was changed: live trading may be ON.');
}

/** Waits until D1 has what the objects hold for it. Nothing is lost without that: the outboxes are stored. */
export async function drain(ports: DeployPorts): Promise<void> {
  const endMs = ports.nowMs() + DRAIN_MS_MAX;
  for (;;) {
    const answer = await askReady(ports);
    if (answer.kind === 'silent') return;
    const { outboxDepth } = answer.ready;
    if (outboxDepth === 0) return;
    if (ports.nowMs() >= endMs) {
      const left = outboxDepth === null ? 'an unknown number of' : String(outboxDepth);
      ports.say(
        `D1 has not stored ${left} records within a minute. They are kept by the objects and follow later.`,
      );
      const typed = await answered(ports, 'Go on all the same? Type yes:');
      if (typed.toLowerCase() !== 'yes')
        throw new DeployStop('Nothing was deployed. Live trading stays OFF.');
      return;
    }
    await ports.sleep(LOOK_MS);
  }
}

/** Waits until every object runs the release and all is in order. Returns what is wrong, undefined for nothing. */
export async function awaitRelease(ports: DeployPorts, versionId?: string): Promise<string | undefined> {
  const endMs = ports.nowMs() + READY_MS_MAX;
  for (;;) {
    const answer = await askReady(ports);
    const wrong = answer.kind === 'silent' ? answer.because : wrongWith(answer.ready, versionId);
    if (wrong === undefined) return undefined;
    if (ports.nowMs() >= endMs) return wrong;
    await ports.sleep(LOOK_MS);
  }
}

/** Puts a release back, at once for the objects too. Returns what is wrong after it, undefined for nothing. */
export async function rollBack(
  ports: DeployPorts,
  { worker, versionId, why }: { worker: string; versionId: string; why: string },
): Promise<string | undefined> {
  const args = ['rollback', versionId, '--name', worker, '-y', '--message', why];
  await mustRun(ports, 'The rollback', [...args, '--durable-objects-code-update-mode', 'immediate']);
  return awaitRelease(ports, versionId);
}

function wrongWith({ release, items, ready }: Ready, versionId: string | undefined): string | undefined {
  if (versionId !== undefined && release !== versionId) return `the app still runs release ${release}`;
  const wrong = items.filter(({ problem }) => problem !== null);
  if (wrong.length > 0) return wrong.map(({ name, problem }) => `${name}: ${problem}`).join('; ');
  return ready ? undefined : 'the app says that it is not ready';
}
