// The deployed app as the deploy talks to it: whether a release works, and pausing live trading (worker/routes/deploy.ts).
import { type AppAnswer, type DeployPorts, DeployStop } from './ports.ts';

export type Ready = {
  ready: boolean;
  /** The id of the Worker's release. */
  release: string;
  /** What a release needs, and what is wrong with it. */
  items: readonly { name: string; problem: string | null }[];
  live: string | null;
  outboxDepth: number | null;
};
export type ReadyAnswer = { kind: 'answered'; ready: Ready } | { kind: 'silent'; because: string };
export type PauseAnswer =
  | { kind: 'paused'; inFlight: readonly string[]; canceling: readonly string[] }
  | { kind: 'refused'; because: string };

/** The deploy tokens of the last releases, one a line, first the one that the app took last: a rollback brings an old one back. */
export const TOKENS_FILE = 'tokens';
/** Fewer than the wrong tries that the app allows a minute. */
const TOKENS_KEPT = 5;
export const ADDRESS_FILE = 'address';

/** Asks for whether the release works. Never throws. */
export async function askReady(ports: DeployPorts): Promise<ReadyAnswer> {
  const answer = await call(ports, 'GET', '/deploy/ready');
  if (typeof answer === 'string') return { kind: 'silent', because: answer };
  const body = json(answer);
  if (answer.status !== 200 || body === undefined || !Array.isArray(body.items))
    return { kind: 'silent', because: saysHttp(answer) };
  return { kind: 'answered', ready: body as Ready };
}

/** Sets live OFF. Paused only where the live Wallet has acknowledged it. Never throws. */
export async function askPause(ports: DeployPorts): Promise<PauseAnswer> {
  const answer = await call(ports, 'POST', '/deploy/pause');
  if (typeof answer === 'string') return { kind: 'refused', because: answer };
  const body = json(answer);
  if (answer.status === 200 && body?.paused === true)
    return { kind: 'paused', inFlight: ids(body.inFlightOrderIds), canceling: ids(body.cancelingOrderIds) };
  return { kind: 'refused', because: typeof body?.problem === 'string' ? body.problem : saysHttp(answer) };
}

/** The address of the app; undefined before its first release, and on a machine that did not deploy it. */
export function address(ports: DeployPorts): string | undefined {
  return ports.kept.read(ADDRESS_FILE)?.trim();
}

/** Keeps the token as the first to be tried. */
export function keepToken(ports: DeployPorts, token: string): void {
  const others = knownTokens(ports).filter((known) => known !== token);
  ports.kept.write(TOKENS_FILE, `${[token, ...others].slice(0, TOKENS_KEPT).join('\n')}\n`);
}

function knownTokens(ports: DeployPorts): readonly string[] {
  return (ports.kept.read(TOKENS_FILE) ?? '').split('\n').filter((token) => token !== '');
}

/** Which token is in force depends on which release is: each known one is tried. */
async function call(ports: DeployPorts, method: 'GET' | 'POST', path: string): Promise<AppAnswer | string> {
  const base = address(ports);
  const tokens = knownTokens(ports);
  if (base === undefined || tokens.length === 0) return 'this machine has no deploy token of the app';
  let last: AppAnswer | undefined;
  for (const token of tokens) {
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...throughAccess(ports) };
    try {
      last = await ports.request(`${base}${path}`, { method, headers });
    } catch (error) {
      return `${base} does not answer (${error instanceof Error ? error.message : String(error)})`;
    }
    if (last.status === 401) continue;
    if (token !== tokens[0]) keepToken(ports, token);
    return last;
  }
  return last ?? 'no token was tried';
}

function throughAccess({ environment }: DeployPorts): Record<string, string> {
  const { CF_ACCESS_CLIENT_ID: id, CF_ACCESS_CLIENT_SECRET: secret } = environment;
  return id === undefined || secret === undefined
    ? {}
    : { 'cf-access-client-id': id, 'cf-access-client-secret': secret };
}

function json({ text }: AppAnswer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function saysHttp({ status }: AppAnswer): string {
  if (status === 401) return 'the app does not take the deploy token of this machine';
  if (status === 302 || status === 403)
    return 'Cloudflare Access does not let the script through: it needs CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET';
  return `the app answered with status ${status}`;
}

function ids(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Stops on a machine that did not deploy the app: it knows neither its address nor a token of it. */
export function needsAddress(ports: DeployPorts): void {
  if (address(ports) === undefined)
    throw new DeployStop('This machine has not deployed the app: run "npm run deploy" first.');
}
