/** Markets, one market, and the blacklists. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { parseConditionId, TRADING_MODES } from '../../domain/ids.ts';
import * as z from '../../domain/zod.ts';
import { EMPTY_FORM, type FormState } from '../../views/frame/forms.tsx';
import { MarketPage } from '../../views/pages/market.tsx';
import { MarketsPage, STATE_FILTERS } from '../../views/pages/markets.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { setBlacklisted } from '../commands/blacklist.ts';
import { currentControl } from '../control/first-control.ts';
import { readForm } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { marketsView, marketView } from '../read/market-pages.ts';

const querySchema = z.object({
  q: z.orElse(z.string().check(z.trim(), z.maxLength(200)), ''),
  state: z.orElse(z.string().check(z.refine((text) => Object.hasOwn(STATE_FILTERS, text))), ''),
});
const commandSchema = z.object({
  mode: z.enum(TRADING_MODES),
  listed: z.enum(['yes', 'no']),
  conditionId: z.string().check(z.maxLength(100)),
});
/** Where a form may lead back to. */
const BACK = /^\/markets(\/0x[0-9a-f]{64})?$/;

export function marketRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const page = async (c: Context<AppEnv>, form: FormState) => {
    const { q, state } = querySchema.parse(c.req.method === 'GET' ? c.req.query() : {});
    const nowMs = ports.nowMs();
    const control = await currentControl(c.env, nowMs);
    const view = await marketsView(c.env, control, { search: q, state, nowMs });
    return <MarketsPage view={{ ...view, form, commandId: ports.newId() }} />;
  };
  app.get('/markets', async (c) => c.html(await page(c, EMPTY_FORM)));
  app.get('/markets/:condition', async (c) => {
    const conditionId = parseConditionId(c.req.param('condition'));
    if (conditionId === undefined)
      return c.html(<MessagePage title="Not found" text="There is no such market." withOff />, 404);
    const nowMs = ports.nowMs();
    const view = await marketView(c.env, await currentControl(c.env, nowMs), { conditionId, nowMs });
    return c.html(<MarketPage view={{ ...view, commandId: ports.newId() }} />);
  });
  app.post('/markets/blacklist', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const wrong = async (text: string) => c.html(await page(c, { values: {}, errors: { form: text } }), 422);
    const command = commandSchema.safeParse(texts);
    if (!command.success) return wrong('choose a wallet, and whether the market is on its blacklist');
    const { mode, conditionId } = command.data;
    const listed = command.data.listed === 'yes';
    const result = await setBlacklisted(c.env, {
      ...pressed,
      mode,
      conditionId,
      listed,
    });
    if (result.kind === 'invalid') return wrong(result.errors.form ?? 'nothing was changed');
    const { back = '' } = texts;
    return c.redirect(BACK.test(back) ? back : '/markets', 303);
  });
  return app;
}
