/**
 * Trying typed settings on the last 24 hours: judged as saving would, then decided again chunk by chunk. htmx gets the
 * panel alone, a browser without a script the whole page. Nothing is ever written.
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Control } from '../../domain/settings/control.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { configAddress } from '../../views/pages/config.tsx';
import { type PreviewView, SettingsPreview } from '../../views/settings/settings-preview.tsx';
import { changeInWords, fieldLabel } from '../../views/words/change-words.ts';
import {
  fieldsOf,
  SETTING_FIELDS,
  type Section,
  type SettingField,
} from '../../views/words/settings-fields.ts';
import { type Change, changeOn } from '../commands/change-control.ts';
import { followed, settingsChange } from '../commands/settings-change.ts';
import { currentControl } from '../control/first-control.ts';
import { readForm, type Texts } from '../form-data.ts';
import { isPartial } from '../partial.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { leaderNames, namesFor } from '../read/page-data.ts';
import {
  formatState,
  PREVIEW_SPAN_MS,
  type PreviewState,
  parseState,
  previewChunk,
} from '../read/preview-run.ts';
import { configPage, settingsAnswer, versionOf, wantedOf } from './config.tsx';

const FAILED = 'The database did not answer. Nothing is lost: go on when it is back.';
const MOVED =
  'The settings were changed by another tab or person while this was running, or a field is wrong. Try it again from the form.';
/** What happens before a decision, or after it. */
const NOT_REPLAYED: ReadonlySet<Section> = new Set(['Small trades', 'Paper execution', 'Live execution']);
/** Besides these sections nothing of a decision reads it: how long a carry is kept. */
const NOT_READ_BY_DECISIONS: ReadonlySet<string> = new Set<SettingField>(['carryAgeMsMax']);

/** The route of the preview. */
export function configPreviewRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.post('/config/preview', async (c) => {
    const { texts } = await readForm(c, ports);
    const state = parseState(texts, ports.nowMs());
    if (!isPartial(c)) return whole(c, texts, state);
    try {
      return await part(c, texts, state);
    } catch (error) {
      // D1 did not answer, most likely: the panel stays where it is and waits for the button.
      log('error', 'a preview failed', { reason: reasonOf(error) });
      const view = { ...bareView(texts, state, ports), done: false, error: FAILED };
      return c.html(<SettingsPreview view={view} />, 503);
    }
  });

  const whole = async (c: Context<AppEnv>, texts: Texts, state: PreviewState) => {
    const control = await currentControl(c.env, ports.nowMs());
    const change = changeFor(control, texts);
    if (change.kind === 'invalid') return settingsAnswer(c, ports, { texts, result: change });
    const preview = await run(c, { control, change, texts, state });
    const form = { values: texts, errors: {} };
    return c.html(configPage(control, ports, { wanted: wantedOf(texts), form, preview }));
  };

  const part = async (c: Context<AppEnv>, texts: Texts, state: PreviewState) => {
    const control = await currentControl(c.env, ports.nowMs());
    const change = changeFor(control, texts);
    if (change.kind !== 'invalid')
      return c.html(<SettingsPreview view={await run(c, { control, change, texts, state })} />);
    return c.html(<SettingsPreview view={{ ...bareView(texts, state, ports), error: MOVED }} />, 422);
  };

  const run = async (
    c: Context<AppEnv>,
    given: {
      readonly control: Control;
      readonly change: Exclude<Change, { readonly kind: 'invalid' }>;
      readonly texts: Texts;
      readonly state: PreviewState;
    },
  ): Promise<PreviewView> => {
    const { control, change, texts } = given;
    const changed = change.kind === 'change' ? change.control : control;
    const { mode, leaderAddress } = wantedOf(texts);
    const user = leaderAddress === '' ? undefined : followed(control, leaderAddress);
    const about = { mode, leaderAddress: user?.leaderAddress ?? '', control, changed };
    const { state, done } = await previewChunk(c.env, about, given.state);
    const audit = change.kind === 'change' ? change.audit : [];
    const [first, ...rest] = audit;
    return {
      ...bareView(texts, state, ports),
      leaderLabel: user?.label,
      fields:
        first === undefined
          ? []
          : changeInWords([first, ...rest], (address) => leaderNames(control).get(address)).fields,
      notReplayed: audit
        .map((row) => row.field)
        .filter(isNotReplayed)
        .map(fieldLabel),
      done,
      percent: done ? 100 : percentOf(state),
      names: await namesFor(c.env, control, state.sums.examples),
    };
  };
  return app;
}

/** What saving the form would make of the document; the version is judged as saving would judge it. */
function changeFor(control: Control, texts: Texts) {
  const { mode, leaderAddress } = wantedOf(texts);
  return changeOn(control, {
    previousVersion: versionOf(texts),
    change: (current) => settingsChange(current, { mode, leaderAddress, texts }),
  });
}

/** The panel without anything from the database, at the end of its way. */
function bareView(texts: Texts, state: PreviewState, ports: AppPorts): PreviewView {
  const { mode, leaderAddress } = wantedOf(texts);
  const typed = fieldsOf(mode).flatMap((field) => {
    const text = texts[field];
    return text === undefined ? [] : [[field, text]];
  });
  return {
    mode,
    leaderLabel: undefined,
    cancelHref: configAddress(mode, leaderAddress),
    fields: [],
    notReplayed: [],
    done: true,
    startedAtMs: state.startedAtMs,
    lookedBackToMs: state.before?.atMs ?? state.startedAtMs,
    percent: percentOf(state),
    sums: state.sums,
    names: { leaders: new Map(), markets: new Map() },
    form: {
      ...Object.fromEntries(typed),
      mode,
      leaderAddress,
      previousVersion: String(versionOf(texts)),
    },
    state: formatState(state),
    commandId: ports.newId(),
  };
}

function isNotReplayed(field: string): boolean {
  if (!Object.hasOwn(SETTING_FIELDS, field)) return false;
  const { section } = SETTING_FIELDS[field as SettingField];
  return NOT_REPLAYED.has(section) || NOT_READ_BY_DECISIONS.has(field);
}

/** How much of the 24 hours has been looked at, in whole per cent; less than all while it is not done. */
function percentOf({ startedAtMs, before }: PreviewState): number {
  if (before === undefined) return 0;
  const percent = Math.floor((100 * (startedAtMs - before.atMs)) / PREVIEW_SPAN_MS);
  return Math.min(99, Math.max(0, percent));
}
