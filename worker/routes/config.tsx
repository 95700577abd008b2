/** The page Config: settings of either mode, how fills are grouped, the paper switch. A wrong form comes back 422 as typed. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { PaperWait } from '../../domain/settings/paper-wait.ts';
import { PRESETS, type PresetName } from '../../domain/settings/presets.ts';
import * as z from '../../domain/zod.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { readCopiedRate } from '../../ledger/read/copied-rate.ts';
import type { FormState } from '../../views/frame/forms.tsx';
import type { StaleView } from '../../views/models.ts';
import { ConfigPage, configAddress } from '../../views/pages/config.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import type { CopiedView } from '../../views/settings/settings-form.tsx';
import type { PreviewView } from '../../views/settings/settings-preview.tsx';
import { fieldsOf } from '../../views/words/settings-fields.ts';
import { STORAGE_FIELD_NAMES } from '../../views/words/storage-fields.ts';
import type { CommandResult, FieldErrors } from '../commands/change-control.ts';
import { setPaperTrading } from '../commands/paper-switch.ts';
import {
  copyFromPaper,
  copySetting,
  saveGrouping,
  saveSettings,
  saveStorage,
} from '../commands/save-settings.ts';
import { followed } from '../commands/settings-change.ts';
import type { SwitchResult } from '../commands/switch-with-wallet.ts';
import { currentControl } from '../control/first-control.ts';
import { readForm, stateOf, type Texts } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import {
  configView,
  GROUP_FIELDS,
  groupTexts,
  presetView,
  sameSetting,
  settingsTexts,
  storageTexts,
  type Wanted,
} from '../read/config-view.ts';
import { staleForm } from '../read/stale-form.ts';
import { paperWalletStatus } from '../read/status/object-status.ts';

const switchState = z.enum(['ON', 'OFF']);
const presetSchema = z.custom<PresetName>((name) => typeof name === 'string' && Object.hasOwn(PRESETS, name));
const modeSchema = z.orElse(z.enum(TRADING_MODES), 'PAPER');

type Refused = CommandResult & { readonly kind: 'invalid' };

/** The routes of the page Config, and the way from its old address. */
export function configRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/config', (c) => shownPage(c, ports));
  app.get('/paper-config', (c) => c.redirect(configAddress('PAPER', c.req.query('leader') ?? ''), 301));
  app.post('/config/settings', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const wanted = wantedOf(texts);
    const request = { ...wanted, ...pressed, previousVersion: versionOf(texts), texts };
    const result = await saveSettings(c.env, request);
    if (result.kind === 'invalid') return settingsAnswer(c, ports, { texts, result });
    return c.redirect(configAddress(wanted.mode, wanted.leaderAddress), 303);
  });
  app.post('/config/copy-from-paper', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const request = { ...pressed, previousVersion: versionOf(texts) };
    const result = await copyFromPaper(c.env, request);
    if (result.kind === 'done') return c.redirect(configAddress('LIVE'), 303);
    return copyAnswer(c, ports, { texts, result });
  });
  app.post('/config/copy-setting', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const { mode } = wantedOf(texts);
    const to = z.enum(TRADING_MODES).safeParse(texts.to);
    const request = { ...pressed, previousVersion: versionOf(texts), field: texts.field ?? '' };
    const result: CommandResult = to.success
      ? await copySetting(c.env, { ...request, to: to.data })
      : { kind: 'invalid', errors: { form: 'choose paper or live' } };
    if (result.kind === 'done') return c.redirect(`${configAddress(mode)}#differences`, 303);
    const control = await currentControl(c.env, ports.nowMs());
    return c.html(wrong(control, ports, mode, result.errors), 422);
  });
  app.post('/config/groups', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const { mode } = wantedOf(texts);
    const request = { ...pressed, previousVersion: versionOf(texts), texts };
    const result = await saveGrouping(c.env, request);
    if (result.kind === 'done') return c.redirect(configAddress(mode), 303);
    return groupsAnswer(c, ports, { texts, result });
  });
  app.post('/config/storage', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const request = { ...pressed, previousVersion: versionOf(texts), texts };
    const result = await saveStorage(c.env, request);
    if (result.kind === 'done') return c.redirect(`${configAddress(wantedOf(texts).mode)}#storage`, 303);
    return storageAnswer(c, ports, { texts, result });
  });
  app.post('/config/trading', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const state = switchState.safeParse(texts.state);
    const result: SwitchResult = state.success
      ? await setPaperTrading(c.env, { ...pressed, state: state.data })
      : { kind: 'invalid', errors: { form: 'choose on or off' } };
    const warning = result.kind === 'done' ? result.warning : undefined;
    if (result.kind === 'done' && warning === undefined) return c.redirect(configAddress('PAPER'), 303);
    const errors: FieldErrors = result.kind === 'done' ? { form: warning ?? '' } : result.errors;
    try {
      const control = await currentControl(c.env, ports.nowMs());
      return c.html(wrong(control, ports, 'PAPER', errors), 422);
    } catch (error) {
      // D1 is down, so the page cannot be made; the answer of the Wallet must be shown all the same.
      log('error', 'the settings page failed after the switch', { reason: reasonOf(error) });
      return c.html(
        <MessagePage title="Paper trading" text={errors.form ?? 'Nothing was changed.'} withOff />,
        503,
      );
    }
  });
  return app;
}

/** The page as it is saved, or filled in by a preset; with the rate that was reached beside the one that is set. */
async function shownPage(c: Context<AppEnv>, ports: AppPorts) {
  const [mode, leaderAddress] = [modeSchema.parse(c.req.query('mode')), c.req.query('leader') ?? ''];
  const control = await currentControl(c.env, ports.nowMs());
  const wanted = { mode, leaderAddress };
  const preset = presetSchema.safeParse(c.req.query('preset'));
  const filled = preset.success && leaderAddress === '' ? presetView(control, preset.data, wanted) : {};
  const leader = leaderAddress === '' ? undefined : followed(control, leaderAddress)?.leaderAddress;
  const [copied, wallet] = await Promise.all([
    readCopiedRate(c.env.DB, { mode, leaderAddress: leader }),
    mode === 'PAPER' && leaderAddress === '' ? paperWalletStatus(c.env) : undefined,
  ]);
  const paperWait = wallet?.kind === 'wallet' ? (wallet.paperWait ?? undefined) : undefined;
  return c.html(configPage(control, ports, { wanted, copied, paperWait, ...filled }));
}

/** The version that a form was made from; 0, which no document has, when it does not say. */
export function versionOf(texts: Texts): number {
  return /^\d{1,9}$/.test(texts.previousVersion ?? '') ? Number(texts.previousVersion) : 0;
}

/** Whose settings a form is about. */
export function wantedOf(texts: Texts): Wanted {
  return { mode: modeSchema.parse(texts.mode), leaderAddress: texts.leaderAddress ?? '' };
}

/** The page of this document, with what differs from what is saved. */
export function configPage(
  control: Control,
  ports: AppPorts,
  {
    wanted,
    ...shown
  }: {
    readonly wanted: Wanted;
    readonly form?: FormState;
    readonly copied?: CopiedView | null;
    readonly paperWait?: PaperWait | undefined;
    /** The preset that filled the form in. */
    readonly preset?: string | undefined;
    readonly groupForm?: FormState;
    readonly stale?: StaleView;
    readonly staleGroups?: StaleView;
    readonly storageForm?: FormState;
    readonly staleStorage?: StaleView;
    readonly staleCopy?: StaleView;
    readonly preview?: PreviewView;
  },
) {
  return <ConfigPage view={{ ...configView(control, wanted, ports), ...shown }} />;
}

interface Answered {
  readonly texts: Texts;
  readonly result: Refused;
}

/**
 * The settings form as it was typed, 422: with each fault beside its field, or with what another tab has saved. The page
 * is made of one reading of the document: a form that carries its version must show what that version holds.
 */
export async function settingsAnswer(c: Context<AppEnv>, ports: AppPorts, { texts, result }: Answered) {
  const wanted = wantedOf(texts);
  const control = await currentControl(c.env, ports.nowMs());
  // What was typed for a leader who is not followed must not come back as the form of all leaders.
  if (wanted.leaderAddress !== '' && followed(control, wanted.leaderAddress) === undefined)
    return c.html(wrong(control, ports, wanted.mode, { form: 'this leader is not followed' }), 422);
  if (!isStale(control, { texts, result }))
    return c.html(configPage(control, ports, { wanted, form: stateOf(result, texts) }), 422);
  const { values, stale } = await staleForm(c.env, control, {
    texts,
    previousVersion: versionOf(texts),
    textsOf: (document) => settingsTexts(document, wanted),
    fields: fieldsOf(wanted.mode),
    same: sameSetting,
  });
  return c.html(configPage(control, ports, { wanted, form: { values, errors: {} }, stale }), 422);
}

/** Also when somebody has saved just after the form was judged. */
function isStale(control: Control, { texts, result }: Answered): boolean {
  return result.stale === true || control.version !== versionOf(texts);
}

async function groupsAnswer(c: Context<AppEnv>, ports: AppPorts, { texts, result }: Answered) {
  const wanted = { mode: wantedOf(texts).mode, leaderAddress: '' };
  const control = await currentControl(c.env, ports.nowMs());
  if (!isStale(control, { texts, result }))
    return c.html(configPage(control, ports, { wanted, groupForm: stateOf(result, texts) }), 422);
  const { values, stale } = await staleForm(c.env, control, {
    texts,
    previousVersion: versionOf(texts),
    textsOf: groupTexts,
    fields: GROUP_FIELDS,
    same: sameSetting,
  });
  const groupForm = { values, errors: {} };
  return c.html(configPage(control, ports, { wanted, groupForm, staleGroups: stale }), 422);
}

async function storageAnswer(c: Context<AppEnv>, ports: AppPorts, { texts, result }: Answered) {
  const wanted = { mode: wantedOf(texts).mode, leaderAddress: '' };
  const control = await currentControl(c.env, ports.nowMs());
  if (!isStale(control, { texts, result }))
    return c.html(configPage(control, ports, { wanted, storageForm: stateOf(result, texts) }), 422);
  const { values, stale } = await staleForm(c.env, control, {
    texts,
    previousVersion: versionOf(texts),
    textsOf: storageTexts,
    fields: STORAGE_FIELD_NAMES,
    same: (_field, left, right) => left.trim() === right.trim(),
  });
  const storageForm = { values, errors: {} };
  return c.html(configPage(control, ports, { wanted, storageForm, staleStorage: stale }), 422);
}

async function copyAnswer(c: Context<AppEnv>, ports: AppPorts, { texts, result }: Answered) {
  const control = await currentControl(c.env, ports.nowMs());
  if (result.stale !== true) return c.html(wrong(control, ports, 'LIVE', result.errors), 422);
  const { stale } = await staleForm(c.env, control, {
    texts,
    previousVersion: versionOf(texts),
    textsOf: () => ({}),
    fields: [],
    same: sameSetting,
  });
  const wanted = { mode: 'LIVE', leaderAddress: '' } as const;
  return c.html(configPage(control, ports, { wanted, staleCopy: stale }), 422);
}

/** The page as it is saved, with the error on top. */
function wrong(control: Control, ports: AppPorts, mode: TradingMode, errors: FormState['errors']) {
  const wanted = { mode, leaderAddress: '' };
  return configPage(control, ports, { wanted, form: { values: settingsTexts(control, wanted), errors } });
}
