// A Cloudflare account in memory, as wrangler shows it, with the app that was deployed to it. Any call may be made to fail, before
// or after it had its effect, as a lost connection does.
import { readFileSync } from 'node:fs';
import type { DeployPorts, WranglerAnswer } from '../../../scripts/deploy/ports.ts';

export interface Version {
  readonly id: string;
  readonly message: string;
  readonly secrets: Readonly<Record<string, string>>;
}

const TOML = readFileSync(new URL('../../../wrangler.toml', import.meta.url), 'utf8');
const OK: WranglerAnswer = { code: 0, stdout: '', stderr: '', events: [] };
const no = (stderr: string): WranglerAnswer => ({ code: 1, stdout: '', stderr, events: [] });
const json = (value: unknown): WranglerAnswer => ({
  ...OK,
  stdout: `some line before\n${JSON.stringify(value)}`,
});

export class FakeAccount {
  isLoggedIn = true;
  /** Whether the operator logs in when the browser opens. */
  logsIn = true;
  accounts = [{ id: 'account-1', name: 'Ann' }];
  databases: { uuid: string; name: string; location: string }[] = [];
  applied: string[] = [];
  migrations = ['0000_a.sql', '0001_b.sql'];
  versions: Version[] = [];
  /** Ids of versions, the newest deployment last. */
  deployments: { id: string; message: string }[] = [];
  commit = 'commit-1';
  /** What objects of a release report as wrong. */
  broken: (versionId: string) => string | null = () => null;
  live: 'ON' | 'OFF' = 'OFF';
  /** Whether the live Wallet acknowledges OFF. */
  obeys = true;
  outboxDepth = 0;
  /** What happened that changes anything, in order. */
  readonly done: string[] = [];
  readonly said: string[] = [];
  readonly asked: string[] = [];
  readonly files = new Map<string, string>();
  config = '';
  toml = TOML;
  answers: Readonly<Record<string, string>> = {
    'Which plan': 'paid',
    'Which region': 'weur',
    'Sign in by': 'password',
  };
  environment: Record<string, string> = {};
  secretFilesLeft = 0;
  /** The call of this number fails, counted from 1; `lost`: it had its effect and the answer never came. */
  failing: { readonly call: number; readonly lost: boolean } | undefined;
  calls = 0;
  private secrets = 0;
  private atMs = 0;

  get current(): Version | undefined {
    const id = this.deployments.at(-1)?.id;
    return this.versions.find((version) => version.id === id);
  }

  readonly ports: DeployPorts = {
    wrangler: async (args, environment) =>
      this.failable(no('fetch failed'), () => this.wrangler(args, environment)),
    request: async (address, { method, headers }) => {
      const answer = this.failable(undefined, () => this.app(address, method, headers.authorization ?? ''));
      if (answer === undefined) throw new Error('connection lost');
      return answer;
    },
    ask: async (question) => {
      this.asked.push(question);
      return Object.entries(this.answers).find(([start]) => question.startsWith(start))?.[1];
    },
    say: (line) => void this.said.push(line),
    kept: {
      read: (name) => this.files.get(name),
      write: (name, text) => void this.files.set(name, text),
      remove: (name) => void this.files.delete(name),
    },
    wranglerToml: () => this.toml,
    writeConfig: (text) => {
      this.config = text;
      return 'wrangler.deploy.toml';
    },
    withSecretFile: async (text, run) => {
      this.secretFilesLeft += 1;
      try {
        return await run(`secrets:${text}`);
      } finally {
        this.secretFilesLeft -= 1;
      }
    },
    migrations: () => this.migrations,
    costTable: () => ['| a table |'],
    newSecret: () => {
      this.secrets += 1;
      return `secret-${this.secrets}-of-at-least-thirty-two-signs`;
    },
    commit: () => this.commit,
    nowMs: () => this.atMs,
    sleep: async (ms) => {
      this.atMs += ms;
    },
    get environment() {
      return {};
    },
  };

  private failable<T>(failed: T, act: () => T): T {
    this.calls += 1;
    if (this.failing?.call !== this.calls) return act();
    if (this.failing.lost) act();
    return failed;
  }

  private wrangler(args: readonly string[], environment: Record<string, string> = {}): WranglerAnswer {
    const after = (flag: string) => args[args.indexOf(flag) + 1] ?? '';
    const command = args.filter((word) => !word.startsWith('-')).slice(0, 3);
    const [first, second] = command;
    if (first === 'whoami')
      return this.isLoggedIn
        ? json({ accounts: this.accounts })
        : { ...no(''), stdout: '{\n  "loggedIn": false\n}' };
    if (first === 'login') {
      this.isLoggedIn = this.logsIn;
      return OK;
    }
    if (environment.CLOUDFLARE_ACCOUNT_ID !== 'account-1') return no('[ERROR] another account');
    if (first === 'd1') return this.d1(second ?? '', args, after);
    if (first === 'deployments' || first === 'versions') {
      if (this.deployments.length === 0)
        return no('This Worker does not exist on your account. [code: 10007]');
      return first === 'deployments'
        ? json(this.listed())
        : json(this.versions.map((one) => ({ id: one.id, annotations: { 'workers/message': one.message } })));
    }
    if (first === 'secret' && second === 'list')
      return json(Object.keys(this.current?.secrets ?? {}).map((name) => ({ name, type: 'secret_text' })));
    if (first === 'secret' && second === 'bulk') {
      const values = JSON.parse((command[2] ?? '').slice('secrets:'.length)) as Record<string, string>;
      this.deployed(
        { message: '', secrets: { ...this.current?.secrets, ...values } },
        `secret ${Object.keys(values)}`,
      );
      return OK;
    }
    if (first === 'deploy') {
      const values = JSON.parse(after('--secrets-file').slice('secrets:'.length)) as Record<string, string>;
      const id = this.deployed(
        { message: after('--message'), secrets: { ...this.current?.secrets, ...values } },
        'deploy',
      );
      const targets = ['https://polymarketspy.ann.workers.dev', 'schedule: * * * * *'];
      return { ...OK, events: [{ type: 'deploy', version_id: id, targets }] };
    }
    if (first === 'rollback') {
      this.deployments.push({ id: second ?? '', message: after('--message') });
      this.done.push(`rollback ${second}`);
      return OK;
    }
    if (first === 'delete') {
      this.deployments = [];
      this.done.push('delete the Worker');
      return OK;
    }
    throw new Error(`the fake account has no "wrangler ${args.join(' ')}"`);
  }

  private d1(command: string, args: readonly string[], after: (flag: string) => string): WranglerAnswer {
    if (command === 'list') return json(this.databases);
    if (command === 'create') {
      this.databases.push({ uuid: 'database-1', name: args[2] ?? '', location: after('--location') });
      this.done.push('create the database');
      return OK;
    }
    if (command === 'delete') {
      this.databases = [];
      this.applied = [];
      this.done.push('delete the database');
      return OK;
    }
    if (!this.config.includes('database_id = "database-1"'))
      return no('the configuration has no such database');
    if (command === 'migrations') {
      const fresh = this.migrations.filter((name) => !this.applied.includes(name));
      this.applied.push(...fresh);
      if (fresh.length > 0) this.done.push(`migrate ${fresh.join(' ')}`);
      return OK;
    }
    const isOfNames = after('--command').startsWith('SELECT name FROM d1_migrations');
    const names = this.applied.length === 0 ? [] : isOfNames ? this.applied : ['d1_migrations'];
    return json([{ results: names.map((name) => ({ name })) }]);
  }

  private deployed(version: Omit<Version, 'id'>, what: string): string {
    const id = `version-${this.versions.length + 1}`;
    this.versions.push({ id, ...version });
    this.deployments.push({ id, message: '' });
    this.done.push(what);
    return id;
  }

  private listed(): unknown[] {
    return this.deployments.map(({ id, message }, index) => ({
      created_on: new Date(index * 1_000).toISOString(),
      versions: [{ version_id: id, percentage: 100 }],
      annotations: message === '' ? {} : { 'workers/message': message },
    }));
  }

  private app(address: string, method: string, authorization: string): { status: number; text: string } {
    const version = this.current;
    if (version === undefined || !address.startsWith('https://polymarketspy.ann.workers.dev/'))
      return { status: 404, text: 'nothing here' };
    if (authorization !== `Bearer ${version.secrets.DEPLOY_TOKEN}`) return { status: 401, text: 'not valid' };
    const body = method === 'POST' ? this.pause() : this.ready(version);
    return { status: 'paused' in body && body.paused === false ? 503 : 200, text: JSON.stringify(body) };
  }

  private pause(): object {
    if (!this.obeys) return { paused: false, problem: 'the live Wallet did not answer' };
    this.live = 'OFF';
    this.done.push('pause');
    return { paused: true, inFlightOrderIds: ['0xflying'], cancelingOrderIds: [] };
  }

  private ready(version: Version): object {
    const problem = this.broken(version.id);
    return {
      ready: problem === null,
      release: version.id,
      items: [{ name: 'the live Wallet', problem }],
      live: this.live,
      outboxDepth: this.outboxDepth,
    };
  }
}
