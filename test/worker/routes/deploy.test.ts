import { describe, expect, it } from 'vitest';
import { type Harness, harness } from '../harness.ts';

const TOKEN = 'a deploy token that only tests use';
const RELEASE = { id: 'release-2' };

function deployed(): Harness {
  const app = harness({ DEPLOY_TOKEN: TOKEN, RELEASE });
  app.release = RELEASE.id;
  return app;
}

async function ask(app: Harness, path: string, method = 'GET') {
  const response = await app.request(path, { method, headers: { authorization: `Bearer ${TOKEN}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** What is wrong, by name. */
function problems(body: Record<string, unknown>): Record<string, string | null> {
  const items = body.items as { name: string; problem: string | null }[];
  return Object.fromEntries(
    items.filter((item) => item.problem !== null).map((item) => [item.name, item.problem]),
  );
}

describe('GET /deploy/ready', () => {
  it('says that all works, with the release and what the live Wallet enforces', async () => {
    const { status, body } = await ask(deployed(), '/deploy/ready');
    expect(status).toBe(200);
    expect(body).toMatchObject({ ready: true, release: 'release-2', live: 'OFF', outboxDepth: 9 });
    expect(problems(body)).toEqual({});
  });

  it('is not ready while an object runs the release before', async () => {
    const app = deployed();
    app.release = 'release-1';
    const { body } = await ask(app, '/deploy/ready');
    const runs = 'it runs release release-1';
    expect(body.ready).toBe(false);
    expect(problems(body)).toEqual({ LeaderFeed: runs, 'the paper Wallet': runs, 'the live Wallet': runs });
  });

  it('names the object that does not answer, and claims nothing of it', async () => {
    const app = deployed();
    app.silent.add('wallet:live');
    const { body } = await ask(app, '/deploy/ready');
    expect(body).toMatchObject({ ready: false, live: null, outboxDepth: null });
    expect(problems(body)).toEqual({ 'the live Wallet': 'Error: no answer' });
  });

  it('names a database that fails, and a sign-in that is not configured', async () => {
    const app = harness({ DEPLOY_TOKEN: TOKEN, RELEASE, SESSION_SECRET: '' });
    app.release = RELEASE.id;
    app.fake.failing(true);
    const { body } = await ask(app, '/deploy/ready');
    expect(body.ready).toBe(false);
    expect(Object.keys(problems(body))).toEqual(['the database', 'the sign-in']);
    expect(problems(body)['the sign-in']).toContain('SESSION_SECRET');
  });
});

describe('POST /deploy/pause', () => {
  it('sets live OFF in the Wallet, names the orders in flight, and leaves a row in the audit log', async () => {
    const app = deployed();
    app.inFlight = ['0xorder'];
    const { status, body } = await ask(app, '/deploy/pause', 'POST');
    expect([status, body.paused, body.inFlightOrderIds]).toEqual([200, true, ['0xorder']]);
    expect(app.calls.find((one) => one.call === 'setLive')).toMatchObject({
      object: 'wallet:live',
      value: 'OFF',
    });
    expect(app.fake.queries.join()).toContain('audit');
  });

  it('claims nothing when the live Wallet does not answer', async () => {
    const app = deployed();
    app.silent.add('wallet:live');
    const { status, body } = await ask(app, '/deploy/pause', 'POST');
    expect([status, body.paused]).toEqual([503, false]);
    expect(body.problem).toContain('may still place orders');
  });

  it('says why the live Wallet refuses', async () => {
    const app = deployed();
    app.liveAnswer = { kind: 'refused', reason: 'this is the paper Wallet' };
    const { status, body } = await ask(app, '/deploy/pause', 'POST');
    expect([status, body.problem]).toEqual([409, 'this is the paper Wallet']);
  });
});
