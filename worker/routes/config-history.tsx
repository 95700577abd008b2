/** The history of saved changes, and the undo of those of settings. A refused undo comes back 422 with its reason. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Control } from '../../domain/settings/control.ts';
import { type ChangeRows, listChanges } from '../../ledger/read/audit.ts';
import { ConfigHistoryPage, type HistoryItem } from '../../views/pages/config-history.tsx';
import { fieldLabel } from '../../views/words/change-words.ts';
import { undoChange, undoing } from '../commands/undo-change.ts';
import { currentControl } from '../control/first-control.ts';
import { readForm } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { changeViews } from '../read/change-views.ts';
import { frameOf } from '../read/page-data.ts';

/** The routes of the history. */
export function configHistoryRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const page = async (c: Context<AppEnv>, error?: string) => {
    const control = await currentControl(c.env, ports.nowMs());
    const before = c.req.method === 'GET' ? numberOf(c.req.query('before')) : undefined;
    const { changes, next } = await listChanges(c.env.DB, before);
    const views = changeViews(control, changes);
    const items = changes.flatMap((change, index): HistoryItem[] => {
      const view = views[index];
      return view === undefined
        ? []
        : [{ ...view, commandId: change.commandId, undo: undoOf(control, change) }];
    });
    const frame = frameOf(control, ports.nowMs());
    const [firstPage, commandId] = [before === undefined, ports.newId()];
    return <ConfigHistoryPage view={{ frame, changes: items, next, firstPage, error, commandId }} />;
  };
  app.get('/config/history', async (c) => c.html(await page(c)));
  app.post('/config/undo', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const undoneCommandId = (texts.undo ?? '').slice(0, 200);
    const result = await undoChange(c.env, { ...pressed, undoneCommandId });
    if (result.kind === 'done') return c.redirect('/config/history', 303);
    return c.html(await page(c, Object.values(result.errors).join(' ')), 422);
  });
  return app;
}

/** A row's number; undefined for anything else, which shows the newest. */
function numberOf(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}

/** As far as can be seen now; a conflict with the other settings is reported when the button is pressed. */
function undoOf(control: Control, change: ChangeRows): HistoryItem['undo'] {
  const plan = undoing(control, change);
  if (plan.kind === 'moved') return { kind: 'moved', labels: plan.fields.map(fieldLabel) };
  return { kind: plan.kind === 'change' ? 'possible' : 'none' };
}
