// The questions to Cloudflare, by wrangler, with answers that are checked. What fails becomes one line for the operator.
import { type DeployPorts, DeployStop, type WranglerAnswer } from './ports.ts';

export type Account = { id: string; name: string };
export type Release = { versionId: string; message: string };

/** Cloudflare's code for a Worker that is not there. */
const NO_SUCH_WORKER = /10007|does not exist on your account|workers\.api\.error\.script_not_found/i;
const NO_SUBDOMAIN = /10063|workers\.dev subdomain/i;
const QUOTA = /exceeded allowed|quota|free tier|10023|7429/i;

/** Runs wrangler; a failure ends the deploy with what wrangler said. */
export async function mustRun(
  ports: DeployPorts,
  what: string,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<WranglerAnswer> {
  const answer = await ports.wrangler(args, environment);
  if (answer.code !== 0) throw new DeployStop(`${what} failed: ${reasonOf(answer)}`);
  return answer;
}

/** The one line in which wrangler says why, with what to do where that is known. */
export function reasonOf({ stdout, stderr }: Pick<WranglerAnswer, 'stdout' | 'stderr'>): string {
  const lines = `${stderr}\n${stdout}`
    .split('\n')
    .map((line) => line.replace(/^\W*\[?ERROR\]?\W*/, '').trim())
    .filter((line) => line !== '' && !/^(🪵|Logs were written|If you think)/.test(line));
  const said = lines.find((line) => /\[code: \d+\]/.test(line)) ?? lines[0] ?? 'wrangler gave no reason';
  const all = lines.join(' ');
  if (NO_SUBDOMAIN.test(all))
    return `${said} Open "Workers & Pages" in the Cloudflare dashboard once: it gives the account its workers.dev name.`;
  if (QUOTA.test(all)) return `${said} A limit of the plan is reached; it resets at 00:00 UTC.`;
  return said;
}

/** The accounts of whoever is logged in; undefined where nobody is. */
export async function accounts(ports: DeployPorts): Promise<readonly Account[] | undefined> {
  const answer = await ports.wrangler(['whoami', '--json']);
  if (answer.code !== 0) {
    if (/"loggedIn":\s*false/.test(answer.stdout)) return undefined;
    throw new DeployStop(`Asking Cloudflare who is logged in failed: ${reasonOf(answer)}`);
  }
  const found = record(parsed(answer.stdout, 'whoami')).accounts;
  return list(found).map((one) => ({ id: word(one, 'id'), name: word(one, 'name') }));
}

/** The ids of the databases of this name. */
export async function databaseIds(ports: DeployPorts, name: string): Promise<readonly string[]> {
  const { stdout } = await mustRun(ports, 'Listing the databases', ['d1', 'list', '--json']);
  return list(parsed(stdout, 'd1 list'))
    .filter((one) => one.name === name)
    .map((one) => word(one, 'uuid'));
}

/** The names of the migrations that the database has had. */
export async function appliedMigrations(ports: DeployPorts, config: string): Promise<readonly string[]> {
  const made = await query(ports, config, "SELECT name FROM sqlite_master WHERE name = 'd1_migrations'");
  if (made.length === 0) return [];
  return (await query(ports, config, 'SELECT name FROM d1_migrations ORDER BY id')).map((row) =>
    word(row, 'name'),
  );
}

async function query(
  ports: DeployPorts,
  config: string,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const args = ['d1', 'execute', 'DB', '--remote', '--json', '-y', '-c', config, '--command', sql];
  const { stdout } = await mustRun(ports, 'Reading the database', args);
  return list(record(list(parsed(stdout, 'd1 execute'))[0] ?? {}).results);
}

/**
 * What was deployed under this name, the newest first, of ten at most; empty where there is no such Worker. The message is that of
 * the deployment, else that of its version: which of them Cloudflare fills depends on the command.
 */
export async function releases(ports: DeployPorts, worker: string): Promise<readonly Release[]> {
  const answer = await ports.wrangler(['deployments', 'list', '--name', worker, '--json']);
  if (answer.code !== 0) {
    if (NO_SUCH_WORKER.test(answer.stderr + answer.stdout)) return [];
    throw new DeployStop(`Looking for the Worker "${worker}" failed: ${reasonOf(answer)}`);
  }
  const args = ['versions', 'list', '--name', worker, '--json'];
  const { stdout } = await mustRun(ports, 'Listing the versions', args);
  const versions = list(parsed(stdout, 'versions list'));
  const all = list(parsed(answer.stdout, 'deployments list')).map((one) => {
    const versionId = word(list(one.versions)[0] ?? {}, 'version_id');
    const version = versions.find(({ id }) => id === versionId);
    return {
      atText: word(one, 'created_on'),
      versionId,
      message: messageOf(one) || messageOf(version),
    };
  });
  return all.sort((a, b) => (a.atText < b.atText ? 1 : -1));
}

function messageOf(one: Record<string, unknown> | undefined): string {
  const message = record(one?.annotations)['workers/message'];
  return typeof message === 'string' ? message : '';
}

/** The names of the Worker's secrets. */
export async function secretNames(ports: DeployPorts, worker: string): Promise<readonly string[]> {
  const args = ['secret', 'list', '--name', worker, '--format', 'json'];
  const { stdout } = await mustRun(ports, 'Listing the secrets', args);
  return list(parsed(stdout, 'secret list')).map((one) => word(one, 'name'));
}

/** The JSON in what wrangler printed, which may have other lines before it. */
function parsed(stdout: string, command: string): unknown {
  const from = stdout.search(/^[[{]/m);
  try {
    return JSON.parse(stdout.slice(Math.max(from, 0)));
  } catch {
    throw new DeployStop(
      `"wrangler ${command}" printed something that is no JSON; is it another version of wrangler?`,
    );
  }
}

function list(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function word(of: Record<string, unknown>, field: string): string {
  const value = of[field];
  if (typeof value !== 'string') throw new DeployStop(`Cloudflare's answer has no "${field}".`);
  return value;
}
