/** The page Config: settings of either mode, how fills are grouped, the paper switch. A wrong form comes back 422 as typed. */
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Control } from '../../domain/control.ts';
import { TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import { reasonOf } from '../../durable-objects/ports.ts';
import { log } from '../../durable-objects/worker-ports.ts';
import type { FormState } from '../../views/forms.tsx';
import { ConfigPage, type ConfigView, configAddress } from '../../views/pages/config.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { FIELD_NAMES, type FieldSpec, formatSetting, SETTING_FIELDS } from '../../views/settings-fields.ts';
import type { CommandResult } from '../commands/change-control.ts';
import { setPaperTrading } from '../commands/paper-switch.ts';
import { copyFromPaper, saveGrouping, saveSettings } from '../commands/save-settings.ts';
import { currentControl } from '../first-control.ts';
import { readForm, stateOf, type Texts } from '../form-data.ts';
import { frameOf, leaderNames } from '../page-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

const switchState = z.enum(['ON', 'OFF']);
const modeSchema = z.enum(TRADING_MODES).catch('PAPER');

/** The routes of the page Config, and the way from its old address. */
export function configRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  type Forms = { readonly form?: FormState; readonly groupForm?: FormState };
  const page = async (c: Context<AppEnv>, mode: TradingMode, leaderAddress: string, forms: Forms) => {
    const control = await currentControl(c.env, ports.nowMs());
    return <ConfigPage view={{ ...configView(control, { mode, leaderAddress }, ports), ...forms }} />;
  };
  app.get('/config', async (c) =>
    c.html(await page(c, modeSchema.parse(c.req.query('mode')), c.req.query('leader') ?? '', {})),
  );
  app.get('/paper-config', (c) => c.redirect(configAddress('PAPER', c.req.query('leader') ?? ''), 301));
  app.post('/config/settings', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const mode = modeSchema.parse(texts.mode);
    const leaderAddress = texts.leaderAddress ?? '';
    const previousVersion = versionOf(texts);
    const request = { commandId, mode, previousVersion, leaderAddress, texts, nowMs: ports.nowMs() };
    const result = await saveSettings(c.env, request);
    if (result.kind === 'invalid')
      return c.html(await page(c, mode, leaderAddress, { form: stateOf(result, texts) }), 422);
    return c.redirect(configAddress(mode, leaderAddress), 303);
  });
  app.post('/config/copy-from-paper', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const request = { commandId, previousVersion: versionOf(texts), nowMs: ports.nowMs() };
    const result = await copyFromPaper(c.env, request);
    if (result.kind === 'invalid') return c.html(await wrong(c, 'LIVE', result), 422);
    return c.redirect(configAddress('LIVE'), 303);
  });
  app.post('/config/groups', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const mode = modeSchema.parse(texts.mode);
    const request = { commandId, previousVersion: versionOf(texts), texts, nowMs: ports.nowMs() };
    const result = await saveGrouping(c.env, request);
    if (result.kind === 'invalid')
      return c.html(await page(c, mode, '', { groupForm: stateOf(result, texts) }), 422);
    return c.redirect(configAddress(mode), 303);
  });
  app.post('/config/trading', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const state = switchState.safeParse(texts.state);
    const result: CommandResult = state.success
      ? await setPaperTrading(c.env, { commandId, state: state.data, nowMs: ports.nowMs() })
      : { kind: 'invalid', errors: { form: 'choose on or off' } };
    if (result.kind === 'done') return c.redirect(configAddress('PAPER'), 303);
    try {
      return c.html(await wrong(c, 'PAPER', result), 422);
    } catch (error) {
      // D1 is down, so the page cannot be made; what the Wallet did must be said all the same.
      log('error', 'the settings page failed after the switch', { reason: reasonOf(error) });
      return c.html(
        <MessagePage title="Paper trading" text={result.errors.form ?? 'Nothing was changed.'} withOff />,
        503,
      );
    }
  });
  /** The page as it stands, with what was wrong on top. */
  const wrong = async (
    c: Context<AppEnv>,
    mode: TradingMode,
    { errors }: { errors: FormState['errors'] },
  ) => {
    const control = await currentControl(c.env, ports.nowMs());
    const { values } = configView(control, { mode, leaderAddress: '' }, ports).form;
    return page(c, mode, '', { form: { values, errors } });
  };
  return app;
}

/** The version that a form was made from; 0, which no document has, when it does not say. */
function versionOf(texts: Texts): number {
  return /^\d{1,9}$/.test(texts.previousVersion ?? '') ? Number(texts.previousVersion) : 0;
}

function configView(
  control: Control,
  { mode, leaderAddress }: { readonly mode: TradingMode; readonly leaderAddress: string },
  ports: AppPorts,
): ConfigView {
  const user = control.followedUsers.find((one) => one.leaderAddress === leaderAddress.toLowerCase());
  const shown: Readonly<Record<string, unknown>> =
    user === undefined ? control.settings[mode] : user.overrides[mode];
  const values: Record<string, string> = {};
  for (const field of FIELD_NAMES) {
    const spec: FieldSpec = SETTING_FIELDS[field];
    // The value of this very field, or nothing where the leader inherits.
    const value = shown[field] as Parameters<typeof formatSetting>[1] | undefined;
    if (value !== undefined) values[field] = textOf(spec, value, user !== undefined);
  }
  const { groupQuietMs, groupAgeMsMax } = control.system;
  return {
    frame: frameOf(control, ports.nowMs()),
    mode,
    version: control.version,
    global: control.settings[mode],
    leader: user === undefined ? undefined : { address: user.leaderAddress, label: user.label },
    leaders: leaderNames(control),
    form: { values, errors: {} },
    groupForm: {
      values: { groupQuietMs: String(groupQuietMs), groupAgeMsMax: String(groupAgeMsMax) },
      errors: {},
    },
    commandId: ports.newId(),
  };
}

/** An override's empty list is the word "none": blank means "as for all". */
function textOf(spec: FieldSpec, value: Parameters<typeof formatSetting>[1], override: boolean): string {
  const text = formatSetting(spec, value);
  return override && text === '' ? 'none' : text;
}
