/** What `npm run deploy` asks of the running app: whether a release works, and to pause live trading before the next one. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { Throttle } from '../../durable-objects/platform/throttle.ts';
import { setLiveTrading } from '../commands/live-switch.ts';
import { readiness } from '../control/readiness.ts';
import { clientOf } from '../door/client.ts';
import { sameSecret } from '../door/session.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

/** A shorter token could be guessed despite the throttle. The deploy makes one of 43. */
const TOKEN_CHARS_MIN = 32;

/**
 * `GET /deploy/ready` and `POST /deploy/pause`, both with `Authorization: Bearer DEPLOY_TOKEN` and answered in JSON. In front of
 * the sign-in, since the script has no session, and works while no way to sign in is configured yet.
 */
export function deployRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const throttle = new Throttle();
  app.use('/deploy/*', async (c, next) => {
    const token = c.env.DEPLOY_TOKEN ?? '';
    if (token.length < TOKEN_CHARS_MIN) return c.text('There is no such page.', 404);
    const client = clientOf(c.req.header('cf-connecting-ip'));
    if (!throttle.allows(client, ports.nowMs()))
      return c.text('Too many wrong deploy tokens. Wait a minute.', 429, { 'Retry-After': '60' });
    const given = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    if (!(await sameSecret(given, token))) return c.text('The deploy token is not valid.', 401);
    throttle.succeeded(client);
    c.header('Cache-Control', 'no-store');
    return next();
  });
  app.get('/deploy/ready', async (c) => c.json(await readiness(c.env)));
  app.post('/deploy/pause', (c) => pause(c, ports));
  return app;
}

/** Live OFF, as the operator's own OFF: stored in the Wallet first, with its acknowledgement. */
async function pause(c: Context<AppEnv>, ports: AppPorts): Promise<Response> {
  const nowMs = ports.nowMs();
  const command = { commandId: ports.newId(), actor: 'deploy', nowMs, state: 'OFF' as const };
  try {
    const result = await setLiveTrading(c.env, command);
    if (result.kind === 'invalid')
      return c.json({ paused: false, problem: Object.values(result.errors).join(' ') }, 409);
    return c.json({ paused: true, ...result.acknowledged, warning: result.warning ?? null });
  } catch {
    return c.json(
      { paused: false, problem: 'the live Wallet did not answer, so it may still place orders' },
      503,
    );
  }
}
