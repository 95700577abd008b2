/** The Paper Portfolio with its form, which comes back 422 as it was typed when it is wrong. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Control } from '../../domain/settings/control.ts';
import * as z from '../../domain/zod.ts';
import { EMPTY_FORM, type FormState } from '../../views/frame/forms.tsx';
import { PaperPortfolioLive, PaperPortfolioPage } from '../../views/pages/paper-portfolio.tsx';
import type { CommandResult } from '../commands/change-control.ts';
import { moveCash } from '../commands/move-cash.ts';
import { resetPeak } from '../commands/reset-peak.ts';
import { currentControl } from '../control/first-control.ts';
import type { Env } from '../env.ts';
import { type ReadControl, readForm, stateOf } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { frameOf } from '../read/page-data.ts';
import { paperPortfolio } from '../read/portfolio-data.ts';

const cashKind = z.enum(['DEPOSIT', 'WITHDRAWAL']);

/** The routes of the pages with forms. */
export function formRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const control = (env: Env) => currentControl(env, ports.nowMs());
  portfolioRoutes(app, ports, control);
  return app;
}

function portfolioRoutes(app: Hono<AppEnv>, ports: AppPorts, control: ReadControl): void {
  const read = async (c: Context<AppEnv>, document: Control) =>
    paperPortfolio(c.env, document, {
      range: c.req.query('range'),
      page: c.req.query('page'),
      nowMs: ports.nowMs(),
    });
  const page = async (context: Context<AppEnv>, form: FormState) => {
    const document = await control(context.env);
    const data = await read(context, document);
    const frame = frameOf(document, ports.nowMs());
    return <PaperPortfolioPage view={{ ...data, frame, form, commandId: ports.newId() }} />;
  };
  app.get('/paper-portfolio', async (c) => c.html(await page(c, EMPTY_FORM)));
  app.get('/part/paper-portfolio', async (c) =>
    c.html(<PaperPortfolioLive view={await read(c, await control(c.env))} />),
  );
  app.post('/paper-portfolio/cash', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const kind = cashKind.safeParse(texts.kind);
    const result: CommandResult = kind.success
      ? await moveCash(c.env, {
          ...pressed,
          kind: kind.data,
          amount: texts.amount ?? '',
        })
      : { kind: 'invalid', errors: { form: 'choose deposit or withdraw' } };
    if (result.kind === 'done') return c.redirect('/paper-portfolio', 303);
    return c.html(await page(c, stateOf(result, texts)), 422);
  });
  app.post('/paper-portfolio/reset-peak', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const { confirmation = '' } = texts;
    const result = await resetPeak(c.env, { ...pressed, mode: 'PAPER', confirmation });
    if (result.kind === 'done') return c.redirect('/paper-portfolio', 303);
    return c.html(await page(c, stateOf(result, { confirmation })), 422);
  });
}
