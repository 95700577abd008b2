// The whole of `npm start`: takes the state folder, starts the practice exchange and the app, prints their addresses, wakes
// the app each minute, and ends everything it started on Ctrl-C, a signal, or the end of npm or of one of the two.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { answersWithin } from './answers.ts';
import { bundleOf, CONFIGS, dryRun, type WorkerName } from './bundles.ts';
import {
  type Child,
  endGroups,
  lastErrorLines,
  localOnly,
  quietWrangler,
  startProgram,
  WRANGLER,
} from './children.ts';
import { endRequest } from './end-request.ts';
import { liveKeys, variablesOf, withoutKey } from './live-keys.ts';
import { hasAllMigrations, noteMigrations } from './migrations.ts';
import { HELP, readOptions, type StartOptions } from './options.ts';
import { portIsFree } from './port.ts';
import { firstLeaders, followList, type PracticeLeader, playTape } from './practice-exchange.ts';
import { runningLines } from './running-lines.ts';
import {
  leftGroups,
  noteGroups,
  openStateFolder,
  readOrMakeSecrets,
  releaseLock,
  type StateFolder,
  takeLock,
  wipeState,
  writeAppEnvironment,
} from './state-folder.ts';
import { venueAddresses } from './venue-addresses.ts';

export type Surroundings = {
  root: string;
  argv: readonly string[];
  environment: Record<string, string | undefined>;
  say: (line: string) => void;
  complain: (line: string) => void;
};

/** Crons do not fire by themselves under `wrangler dev`; the app's runs each minute. A busy machine reaches no limit here. */
const CRON_EVERY_MS = 60_000;
const CRON_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 300_000;
/** Errors of the children shown on the terminal; the rest are in their logs. */
const SHOWN_ERRORS_MAX = 20;

/** What ends a start before its time, in words for the person; everything else that is thrown is a bug. */
class StartFailure extends Error {}

const MIGRATE = 'scripts/start/migrate.ts';

/** Runs until it is asked to end or one of its two programs ends. Returns the exit code: 0 when asked, 1 after any failure. */
export async function runStart(surroundings: Surroundings): Promise<number> {
  const { root, argv, environment, say, complain } = surroundings;
  const read = readOptions(argv, { folder: environment.INIT_CWD ?? process.cwd(), root });
  if (read.kind === 'help') {
    say(HELP);
    return 0;
  }
  if (read.kind === 'mistake') {
    complain(read.sentence);
    return 1;
  }
  if (!existsSync(join(root, WRANGLER))) {
    complain('wrangler is not installed here: run "npm ci" first.');
    return 1;
  }
  const { options } = read;
  const folder = openStateFolder(options.stateDir, options);
  const { holder, left } = takeLock(folder, options);
  if (holder !== undefined) {
    complain(
      `PolymarketSpy already runs on ${folder.dir} (process ${holder.pid}, http://127.0.0.1:${holder.port}): ` +
        'end that one first, or use another --state and --port.',
    );
    return 1;
  }
  await endGroups(leftGroups(folder, left));
  const session = new StartSession({ options, folder, surroundings });
  try {
    await session.run();
    return 0;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    complain(error.message);
    return 1;
  } finally {
    await session.end();
    releaseLock(folder);
  }
}

class StartSession {
  private readonly children: Child[] = [];
  private readonly options: StartOptions;
  private readonly folder: StateFolder;
  private readonly with: Surroundings;
  /** Rejects when a child ends by itself; resolves when a person or the system asks for the end. */
  private readonly over: Promise<void>;
  private die: (failure: StartFailure) => void = () => undefined;
  private cron: NodeJS.Timeout | undefined;
  private ending = false;
  private shownErrors = 0;

  constructor(given: { options: StartOptions; folder: StateFolder; surroundings: Surroundings }) {
    this.options = given.options;
    this.folder = given.folder;
    this.with = given.surroundings;
    this.over = new Promise((resolve, reject) => {
      void endRequest(process).then(resolve);
      this.die = reject;
    });
    // `run` sees the rejection too; without this, one that comes between its two awaits ends the process.
    this.over.catch(() => undefined);
  }

  /** Returns when asked to end; throws StartFailure otherwise. */
  async run(): Promise<void> {
    const stopped = this.over.then(() => 'stopped' as const);
    if ((await Promise.race([this.startAll(), stopped])) === 'stopped') return;
    await this.over;
  }

  async end(): Promise<void> {
    this.ending = true;
    clearInterval(this.cron);
    if (this.children.length > 0) this.with.say('Ending…');
    await endGroups(this.children.map(({ pid }) => pid));
  }

  private async startAll(): Promise<void> {
    const { options, folder } = this;
    const practice = options.venue === 'practice';
    const exchangePort = practice ? options.port + 1 : undefined;
    for (const port of practice ? [options.port, options.port + 1] : [options.port]) {
      if (!(await portIsFree(port)))
        throw new StartFailure(`Port ${port} is in use: end what uses it, or start with -- --port N.`);
    }
    const addresses = this.addresses(exchangePort);
    if (options.reset) wipeState(folder);
    const secrets = readOrMakeSecrets(folder);

    this.with.say('Starting PolymarketSpy…');
    const [leaders, app] = await Promise.all([
      exchangePort === undefined ? [] : this.startExchange(exchangePort),
      this.bundle('app'),
      this.applyMigrations(),
    ]);
    const keys = liveKeys({ ...options, environment: this.with.environment });
    writeAppEnvironment(folder, {
      ...addresses,
      ...keys,
      OPERATOR_PASSWORD: secrets.operatorPassword,
      SESSION_SECRET: secrets.sessionSecret,
      ...variablesOf(this.with.environment, ['EXPORT_TOKEN', 'PAGE_DATABASE_MS_MAX']),
      ...(leaders.length > 0 ? { FOLLOW_ON_FIRST_START: followList(leaders) } : {}),
    });
    await this.startApp(app);
    const named = Object.keys(addresses).filter((name) => addresses[name] === this.with.environment[name]);
    const lines = runningLines({
      port: options.port,
      password: secrets.operatorPassword,
      exchangePort,
      leaders,
      hasKey: 'POLYMARKET_PRIVATE_KEY' in keys,
      named,
      dir: folder.dir,
    });
    for (const line of lines) this.with.say(line);
  }

  private addresses(exchangePort: number | undefined): Record<string, string> {
    try {
      return venueAddresses({ exchangePort, environment: this.with.environment });
    } catch (error) {
      throw new StartFailure(error instanceof Error ? error.message : String(error));
    }
  }

  private async startExchange(port: number): Promise<readonly PracticeLeader[]> {
    const { folder, options } = this;
    this.start('practice exchange', folder.exchangeLog, [
      ...['dev', await this.bundle('exchange'), '--no-bundle', '-c', CONFIGS.exchange],
      ...['--persist-to', folder.exchange],
      ...['--var', `PRACTICE_LATENCY:${options.latency}`],
      ...localOnly(port),
    ]);
    const url = `http://127.0.0.1:${port}`;
    await this.untilAnswers(`${url}/control/status`);
    for (const file of options.tapes) {
      try {
        this.with.say(`Tape ${await playTape(url, { file, speed: options.speed })}`);
      } catch (error) {
        throw new StartFailure(`--tape: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const status = await fetch(`${url}/control/status`);
    return firstLeaders(await status.json());
  }

  private async applyMigrations(): Promise<void> {
    const { root } = this.with;
    const { app } = this.folder;
    if (hasAllMigrations(app, root)) return;
    await this.finish('migrations', [root, app], MIGRATE);
    noteMigrations(app, root);
  }

  /** The path of a Worker's bundle, built if need be. */
  private bundle(name: WorkerName): Promise<string> {
    const build = (folder: string) => this.finish(`bundle of the ${name}`, dryRun(name, folder));
    return bundleOf(name, { root: this.with.root, build });
  }

  /** Runs a child to its end, which is a failure of the whole where its exit code is not 0. */
  private async finish(name: string, args: readonly string[], program = WRANGLER): Promise<void> {
    const child = this.spawn(name, join(this.folder.dir, `${name.replaceAll(' ', '-')}.log`), {
      args,
      program,
    });
    const end = await child.ended;
    if (child.process.exitCode !== 0) throw new StartFailure(this.explain(end, child));
  }

  private async startApp(bundle: string): Promise<void> {
    const { folder, options } = this;
    this.start('app', folder.appLog, [
      ...['dev', bundle, '--no-bundle', '-c', CONFIGS.app],
      ...['--persist-to', folder.app, '--env-file', folder.appEnvironment],
      ...localOnly(options.port),
    ]);
    const url = `http://127.0.0.1:${options.port}`;
    await this.untilAnswers(url);
    await this.fireCron(url);
    this.cron = setInterval(() => void this.fireCron(url), CRON_EVERY_MS);
  }

  /** Starts a child whose end is a failure of the whole. */
  private start(name: string, logFile: string, args: readonly string[]): void {
    const child = this.spawn(name, logFile, { args, program: WRANGLER });
    void child.ended.then((end) => {
      if (!this.ending) this.die(new StartFailure(this.explain(end, child)));
    });
  }

  private spawn(name: string, logFile: string, given: { args: readonly string[]; program: string }): Child {
    const child = startProgram({
      name,
      ...given,
      root: this.with.root,
      logFile,
      environment: { ...withoutKey(this.with.environment), ...quietWrangler(this.folder.home) },
      onError: (line) => this.showError(name, line),
    });
    this.children.push(child);
    noteGroups(this.folder, { port: this.options.port, groups: this.children.map(({ pid }) => pid) });
    return child;
  }

  private explain(end: string, child: Child): string {
    const lines = lastErrorLines(child.lastLines()).map((line) => `  ${line}`);
    return [`The ${end}.`, ...lines].join('\n');
  }

  private showError(name: string, line: string): void {
    if (this.ending || this.shownErrors > SHOWN_ERRORS_MAX) return;
    this.shownErrors += 1;
    this.with.complain(
      this.shownErrors > SHOWN_ERRORS_MAX
        ? `More errors are in ${this.folder.dir}/*.log`
        : `${name}: ${line.trim()}`,
    );
  }

  private async untilAnswers(url: string): Promise<void> {
    if (await answersWithin(ANSWER_TIMEOUT_MS, { url, isOver: () => this.ending })) return;
    throw new StartFailure(
      `${url} did not answer within ${ANSWER_TIMEOUT_MS / 1000} seconds; see ${this.folder.dir}/*.log`,
    );
  }

  /** Runs the app's cron now, which wakes its objects. A failure is shown; the next run is a minute later. */
  private async fireCron(url: string): Promise<void> {
    try {
      const answer = await fetch(`${url}/cdn-cgi/handler/scheduled`, {
        signal: AbortSignal.timeout(CRON_TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      if (!answer.ok) this.showError('app', `the cron route answered ${answer.status}`);
    } catch (error) {
      this.showError('app', `the cron route did not answer: ${String(error)}`);
    }
  }
}
