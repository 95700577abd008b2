/** Owed exits, a sale by hand, and closing everything, for either Wallet. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { parseLeaderAddress, parseTokenId, TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import { notionalFloor, price } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { EMPTY_FORM, type FormState } from '../../views/frame/forms.tsx';
import type { Frame, Names } from '../../views/models.ts';
import { ExitsLive, ExitsPage } from '../../views/pages/exits.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { CloseAllPage, CloseAnswerPage, SalePage } from '../../views/pages/sell.tsx';
import { exitsPath, PORTFOLIO_PATHS } from '../../views/words/addresses.ts';
import { closeAll, closeWord, sellablePositions } from '../commands/close-all.ts';
import { closePosition } from '../commands/close-position.ts';
import { confirmExits, keepExit, tryExitAgain } from '../commands/exit-command.ts';
import { currentControl } from '../control/first-control.ts';
import { followUp } from '../control/live-wallet-client.ts';
import { readForm, stateOf, type Texts } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { namedIn, owedExitsView } from '../read/owed-exits.ts';
import { frameOf, namesFor } from '../read/page-data.ts';
import { type SaleRequest, saleView } from '../read/sale.ts';
import { walletPortfolio } from '../read/status/object-status.ts';

const modeSchema = z.orElse(z.enum(TRADING_MODES), 'PAPER');

export function exitRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  owedRoutes(app, ports);
  saleRoutes(app, ports);
  closeRoutes(app, ports);
  return app;
}

function owedRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  const view = async (c: Context<AppEnv>, mode: TradingMode, form: FormState) => {
    const nowMs = ports.nowMs();
    const control = await currentControl(c.env, nowMs);
    const owed = owedExitsView(mode, await walletPortfolio(c.env, mode), nowMs);
    return {
      frame: frameOf(control, nowMs),
      owed,
      names: await namesFor(c.env, control, namedIn(owed)),
      form,
    };
  };
  app.get('/exits', async (c) =>
    c.html(<ExitsPage view={await view(c, modeSchema.parse(c.req.query('mode')), EMPTY_FORM)} />),
  );
  app.get('/part/exits', async (c) =>
    c.html(<ExitsLive view={await view(c, modeSchema.parse(c.req.query('mode')), EMPTY_FORM)} />),
  );
  app.post('/exits/confirm', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const mode = modeSchema.parse(texts.mode);
    const result = await confirmExits(c.env, { ...pressed, mode, listed: texts.exits ?? '' });
    if (result.kind === 'done') return c.redirect(exitsPath(mode), 303);
    return c.html(<ExitsPage view={await view(c, mode, stateOf(result, {}))} />, 422);
  });
  for (const [path, command] of [
    ['/exits/keep', keepExit],
    ['/exits/try', tryExitAgain],
  ] as const)
    app.post(path, async (c) => {
      const { texts, pressed } = await readForm(c, ports);
      const { leaderAddress = '', tokenId = '' } = texts;
      const position = positionOf({ ...texts, leader: leaderAddress, token: tokenId });
      if (position === undefined) return c.html(<NoPosition />, 422);
      const result = await command(c.env, { ...pressed, ...position });
      if (result.kind === 'done') return c.redirect(exitsPath(position.mode), 303);
      return c.html(<ExitsPage view={await view(c, position.mode, stateOf(result, {}))} />, 422);
    });
}

/** The position that an address or a form names; undefined when it names none. */
function positionOf({ mode, leader = '', token = '' }: Texts) {
  const parsed = z.enum(TRADING_MODES).safeParse(mode);
  const leaderAddress = parseLeaderAddress(leader);
  const tokenId = parseTokenId(token);
  if (!parsed.success || leaderAddress === undefined || tokenId === undefined) return undefined;
  return { mode: parsed.data, leaderAddress, tokenId };
}

function NoPosition() {
  return <MessagePage title="No such position" text="There is no such position. Nothing was sold." withOff />;
}

function saleRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  const page = async (c: Context<AppEnv>, request: Omit<SaleRequest, 'nowMs'>, form: FormState) => {
    const nowMs = ports.nowMs();
    const control = await currentControl(c.env, nowMs);
    const view = await saleView(c.env, control, { ...request, nowMs });
    return <SalePage view={{ ...view, form, commandId: ports.newId() }} />;
  };
  app.get('/sell', async (c) => {
    const position = positionOf(c.req.query());
    if (position === undefined) return c.html(<NoPosition />, 404);
    return c.html(await page(c, { ...position, shares: c.req.query('shares') }, EMPTY_FORM));
  });
  app.post('/sell', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const position = positionOf(texts);
    if (position === undefined) return c.html(<NoPosition />, 422);
    const { shares = '', bidMin = '' } = texts;
    try {
      const result = await closePosition(c.env, { ...pressed, ...position, shares, bidMin });
      if (result.kind === 'done') return c.redirect(PORTFOLIO_PATHS[position.mode], 303);
      return c.html(await page(c, { ...position, shares }, stateOf(result, texts)), 422);
    } catch (error) {
      log('error', 'a sale by hand got no answer', { reason: reasonOf(error) });
      return c.html(<NotKnown />, 503);
    }
  });
}

function NotKnown() {
  const text =
    'The Wallet or the database did not answer, so it is not known whether this was sold. Go back and press again: the same ' +
    'press sells once.';
  return <MessagePage title="Not known" text={text} withOff />;
}

function closeRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  const page = async (c: Context<AppEnv>, mode: TradingMode, form: FormState) => {
    const nowMs = ports.nowMs();
    const control = await currentControl(c.env, nowMs);
    const now = await walletPortfolio(c.env, mode);
    const positions = now === undefined ? [] : sellablePositions(now.positions);
    const worthMicros = positions.reduce(
      (sum, { shareMicros, markPriceMicros }) =>
        sum + notionalFloor(shareMicros, markPriceMicros ?? price(0n)),
      0n,
    );
    const held = now === undefined ? undefined : { positions: positions.length, worthMicros, atMs: now.atMs };
    const frame = frameOf(control, nowMs);
    return (
      <CloseAllPage view={{ frame, mode, held, word: closeWord(mode), form, commandId: ports.newId() }} />
    );
  };
  app.get('/close', async (c) => c.html(await page(c, modeSchema.parse(c.req.query('mode')), EMPTY_FORM)));
  app.post('/close', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const mode = modeSchema.parse(texts.mode);
    const { confirmation = '', after = '' } = texts;
    const result = await closeAll(c.env, { ...pressed, mode, confirmation, after }, ports.nowMs);
    if (result.kind === 'invalid') return c.html(await page(c, mode, stateOf(result, { confirmation })), 422);
    const rows = result.lines.map(({ position }) => position);
    const view = { ...result, mode, word: closeWord(mode), commandId: pressed.commandId };
    return c.html(<CloseAnswerPage view={{ ...view, ...(await around(c, ports, rows)) }} />);
  });
}

/** What D1 adds to an answer of the Wallet; without D1 the answer is shown all the same. */
async function around(
  c: Context<AppEnv>,
  ports: AppPorts,
  rows: readonly { readonly tokenId: string }[],
): Promise<{ readonly frame: Frame | undefined; readonly names: Names }> {
  try {
    return await followUp(async () => {
      const nowMs = ports.nowMs();
      const control = await currentControl(c.env, nowMs);
      return { frame: frameOf(control, nowMs), names: await namesFor(c.env, control, rows) };
    });
  } catch (error) {
    log('warn', 'what was closed is shown without names', { reason: reasonOf(error) });
    return { frame: undefined, names: { leaders: new Map(), markets: new Map() } };
  }
}
