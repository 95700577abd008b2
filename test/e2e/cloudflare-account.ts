// A stand-in for the Cloudflare API with one account: it takes what the real wrangler sends, runs the Worker that was uploaded in
// the local runtime, and answers at an address of this machine. What the API is like comes from the requests of wrangler itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestHarness } from 'wrangler';

const ROOT = new URL('../../', import.meta.url).pathname;
const DATABASE_ID = '11111111-2222-4333-8444-555555555555';
const WORKER = 'polymarketspy';
const NO_WORKER = { code: 10007, message: 'This Worker does not exist on your account.' };

interface Binding {
  readonly type: string;
  readonly name: string;
  readonly text?: string;
  readonly class_name?: string;
}

interface Version {
  readonly id: string;
  readonly message: string;
  readonly bindings: readonly Binding[];
  /** The folder of its modules; undefined before anything was uploaded. */
  readonly folder: string;
  readonly main: string;
}

interface Metadata {
  readonly main_module: string;
  readonly bindings: readonly Binding[];
  readonly keep_bindings?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } };

export class CloudflareAccount {
  readonly asked: string[] = [];
  databases: { uuid: string; name: string; location: string | undefined }[] = [];
  readonly versions: Version[] = [];
  readonly deployments: { id: string; versionId: string; message: string; atMs: number }[] = [];
  /** What is put over the text variables of a version, to break it. */
  spoil: (versionNo: number) => Readonly<Record<string, string>> = () => ({});
  private readonly home = mkdtempSync(join(tmpdir(), 'cloudflare-account-'));
  private readonly runtime = createTestHarness();
  private readonly server: Server;
  private appUrl = '';

  private constructor() {
    this.server = createServer((request, response) => {
      this.take(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async open(): Promise<CloudflareAccount> {
    const account = new CloudflareAccount();
    await account.run({
      main: account.written(
        'empty',
        'index.js',
        'export default { fetch: () => new Response("", { status: 404 }) }',
      ),
      bindings: [],
    });
    const { url } = await account.runtime.listen();
    account.appUrl = url.href.replace(/\/$/, '');
    await new Promise<void>((resolve) => void account.server.listen(0, '127.0.0.1', resolve));
    return account;
  }

  async close(): Promise<void> {
    this.server.close();
    await this.runtime.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Where the app answers, in place of its workers.dev address. */
  get app(): string {
    return this.appUrl;
  }

  get current(): Version | undefined {
    return this.versions.find(({ id }) => id === this.deployments.at(-1)?.versionId);
  }

  private written(folder: string, name: string, text: string | Buffer): string {
    mkdirSync(join(this.home, folder), { recursive: true });
    const path = join(this.home, folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Puts a version into the runtime; database and objects keep what they hold. */
  private async run({
    main,
    bindings,
    id = '',
  }: {
    main: string;
    bindings: readonly Binding[];
    id?: string;
  }): Promise<void> {
    const texts = bindings.filter(({ type }) => type === 'plain_text' || type === 'secret_text');
    const classes = bindings.filter(({ type }) => type === 'durable_object_namespace');
    const config = {
      name: WORKER,
      main,
      no_bundle: true,
      compatibility_date: '2026-11-02',
      compatibility_flags: ['enable_request_signal'],
      vars: {
        ...Object.fromEntries(texts.map(({ name, text }) => [name, nowhere(name, text)])),
        RELEASE: { id },
      },
      d1_databases: [{ binding: 'DB', database_name: WORKER, database_id: DATABASE_ID }],
      durable_objects: { bindings: classes.map(({ name, class_name }) => ({ name, class_name })) },
      ...(classes.length === 0
        ? {}
        : {
            migrations: [{ tag: 'v1', new_sqlite_classes: classes.map((one) => one.class_name) }],
            assets: { directory: join(ROOT, 'views/assets'), binding: 'ASSETS' },
          }),
    };
    const configPath = this.written('', 'wrangler.json', JSON.stringify(config));
    await this.runtime.update({ workers: [{ configPath }] });
  }

  private async deploy(version: Omit<Version, 'id'>, message = ''): Promise<string> {
    const no = this.versions.length + 1;
    const id = `00000000-0000-4000-8000-${String(no).padStart(12, '0')}`;
    this.versions.push({ ...version, id });
    await this.point(id, message);
    return id;
  }

  private async point(versionId: string, message: string): Promise<void> {
    const no = this.versions.findIndex(({ id }) => id === versionId);
    const version = this.versions[no]!;
    const spoilt = this.spoil(no + 1);
    const bindings = version.bindings.map((one) =>
      one.name in spoilt ? { ...one, text: spoilt[one.name]! } : one,
    );
    await this.run({ main: join(version.folder, version.main), bindings, id: versionId });
    this.deployments.push({
      id: `deployment-${this.deployments.length + 1}`,
      versionId,
      message,
      atMs: Date.now(),
    });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? '').replace(/\?.*/, '').replace(/^\/accounts\/account-1/, '');
    const asked = {
      method: request.method ?? '',
      path,
      type: request.headers['content-type'] ?? '',
      body: Buffer.concat(chunks),
    };
    this.asked.push(`${asked.method} ${path}`);
    const answer = await this.answer(asked);
    const failed = 'error' in answer;
    response.writeHead(failed ? 404 : 200, { 'content-type': 'application/json' });
    const rest = failed ? { errors: [answer.error], result: null } : { errors: [], result: answer.result };
    response.end(
      JSON.stringify({
        success: !failed,
        messages: [],
        ...rest,
        result_info: { page: 1, per_page: 100, count: 1, total_count: 1 },
      }),
    );
  }

  private async answer(asked: Asked): Promise<Answer> {
    const { path } = asked;
    if (path === '/user') return { result: { id: 'user-1', email: 'ann@example.com' } };
    if (path === '/user/tokens/verify') return { result: { id: 'token-1', status: 'active' } };
    if (path === '/accounts') return { result: [{ id: 'account-1', name: 'Ann' }] };
    if (path === '/memberships')
      return { result: [{ id: 'member-1', account: { id: 'account-1', name: 'Ann' } }] };
    if (path === '/workers/subdomain') return { result: { subdomain: 'ann' } };
    if (path.startsWith('/d1/database')) return this.d1(asked);
    if (path.startsWith(`/workers/`)) return this.worker(asked);
    return { error: { code: 7003, message: `no route for ${asked.method} ${path}` } };
  }

  private async d1({ method, path, body }: Asked): Promise<Answer> {
    if (path === '/d1/database' && method === 'GET') return { result: this.databases };
    if (path === '/d1/database') {
      const { name, primary_location_hint: location } = JSON.parse(body.toString()) as {
        name: string;
        primary_location_hint?: string;
      };
      this.databases.push({ uuid: DATABASE_ID, name, location });
      return { result: this.databases.at(-1) };
    }
    if (!path.endsWith('/query')) return { result: this.databases[0] };
    const { sql, params = [] } = JSON.parse(body.toString()) as { sql: string; params?: readonly unknown[] };
    const { DB } = (await this.runtime.getWorker().getEnv()) as { DB: D1Database };
    const { results } = await runStatements(DB, sql, params);
    return { result: [{ success: true, results, meta: { duration: 0 } }] };
  }

  private async worker(asked: Asked): Promise<Answer> {
    const { method, path } = asked;
    if (method === 'PUT' && path === `/workers/scripts/${WORKER}`) return this.upload(asked);
    if (path.endsWith('/assets-upload-session')) return { result: { jwt: 'a.b.c', buckets: [] } };
    if (this.current === undefined) return { error: NO_WORKER };
    const { versions, deployments } = this;
    if (path.endsWith('/deployments') && method === 'POST') {
      const { versions: wanted, annotations } = JSON.parse(asked.body.toString()) as {
        versions: readonly { version_id: string }[];
        annotations?: Readonly<Record<string, string>>;
      };
      await this.point(wanted[0]!.version_id, annotations?.['workers/message'] ?? '');
      return { result: { id: deployments.at(-1)!.id } };
    }
    if (path.endsWith('/deployments'))
      return { result: { deployments: deployments.map(shownDeployment).reverse() } };
    if (path.endsWith('/versions')) return { result: { items: versions.map(shownVersion).reverse() } };
    const version = /\/versions\/(.+)$/.exec(path)?.[1];
    if (version !== undefined) return { result: shownVersion(versions.find(({ id }) => id === version)!) };
    if (path.endsWith('/secrets')) {
      const secrets = this.current.bindings.filter(({ type }) => type === 'secret_text');
      return { result: secrets.map(({ name, type }) => ({ name, type })) };
    }
    if (path.endsWith('/subdomain')) return { result: { enabled: true, previews_enabled: false } };
    if (path.endsWith('/schedules')) return { result: { schedules: [] } };
    if (path.endsWith('/settings'))
      return { result: { bindings: this.current.bindings.map(({ type, name }) => ({ type, name })) } };
    if (path.startsWith('/workers/services/')) {
      return {
        result: {
          id: WORKER,
          default_environment: {
            environment: 'production',
            script: { id: WORKER, tag: 'tag-1', tags: [], last_deployed_from: 'wrangler' },
          },
        },
      };
    }
    return { result: { id: WORKER, name: WORKER, subdomain: { enabled: true, previews_enabled: false } } };
  }

  /** As the API does it: a secret that the upload does not name keeps its value. */
  private async upload({ body, type }: Asked): Promise<Answer> {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    const metadata = JSON.parse(String(form.get('metadata'))) as Metadata;
    const folder = `version-${this.versions.length + 1}`;
    for (const [name, part] of form) {
      if (name === 'metadata' || typeof part === 'string') continue;
      this.written(folder, name, Buffer.from(await part.arrayBuffer()));
    }
    const given = metadata.bindings.filter((one) => one.type !== 'inherit');
    const kept = (this.current?.bindings ?? []).filter(
      (one) => one.type === 'secret_text' && !given.some(({ name }) => name === one.name),
    );
    const id = await this.deploy({
      message: metadata.annotations?.['workers/message'] ?? '',
      bindings: [...given, ...kept],
      folder: join(this.home, folder),
      main: metadata.main_module,
    });
    return {
      result: { id: WORKER, etag: 'etag', deployment_id: id.replaceAll('-', ''), startup_time_ms: 10 },
    };
  }
}

/** No venue is asked: nothing listens at its addresses here. */
function nowhere(name: string, text: string | undefined): string | undefined {
  return name.endsWith('_URL') ? (text ?? '').replace(/^(\w+):.*/, '$1://127.0.0.1:9') : text;
}

/** D1's own binding takes one statement; the API takes a text of several. Triggers have statements inside. */
async function runStatements(
  db: D1Database,
  sql: string,
  params: readonly unknown[],
): Promise<{ results: unknown[] }> {
  const statements = splitSql(sql);
  const prepared = statements.map((one) => db.prepare(one).bind(...(statements.length === 1 ? params : [])));
  const answers = await db.batch(prepared);
  return { results: answers.at(-1)?.results ?? [] };
}

function splitSql(sql: string): readonly string[] {
  const statements: string[] = [];
  let text = '';
  for (const line of sql.replace(/--.*$/gm, '').split(/(?<=;)/)) {
    text += line;
    if (/\bCREATE TRIGGER\b/i.test(text) && !/\bEND\s*;$/i.test(text)) continue;
    if (text.trim() !== '' && text.trim() !== ';') statements.push(text.trim());
    text = '';
  }
  if (text.trim() !== '') statements.push(text.trim());
  return statements;
}

function shownVersion({ id, message }: Version): object {
  return {
    id,
    number: 1,
    metadata: { created_on: '2026-12-01T00:00:00Z', source: 'wrangler', author_email: 'ann@example.com' },
    annotations: message === '' ? {} : { 'workers/message': message },
    resources: { bindings: [], script: {}, script_runtime: {} },
  };
}

function shownDeployment(
  { id, versionId, message, atMs }: { id: string; versionId: string; message: string; atMs: number },
  index: number,
): object {
  return {
    id,
    source: 'wrangler',
    strategy: 'percentage',
    author_email: 'ann@example.com',
    created_on: new Date(atMs + index).toISOString(),
    annotations: message === '' ? {} : { 'workers/message': message },
    versions: [{ version_id: versionId, percentage: 100 }],
  };
}
