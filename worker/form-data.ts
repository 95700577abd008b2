/** What every route with a form needs: its texts, the id of the press of its button, and how it comes back when wrong. */
import type { Context } from 'hono';
import type { Control } from '../domain/settings/control.ts';
import type { FormState } from '../views/frame/forms.tsx';
import type { FieldErrors, Pressed } from './commands/change-control.ts';
import type { Env } from './env.ts';
import type { AppEnv, AppPorts } from './ports.ts';

export type Texts = Readonly<Record<string, string>>;
export type ReadControl = (env: Env) => Promise<Control>;

const COMMAND_ID = /^[\w:.-]{8,200}$/;

/** The texts of a form, and its press; files and unknown shapes are left out. The command id is the form's, else a new one. */
export async function readForm(
  context: Context<AppEnv>,
  ports: AppPorts,
): Promise<{ texts: Texts; pressed: Pressed }> {
  const body = await context.req.parseBody();
  const texts = Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  const given = texts.commandId ?? '';
  const commandId = COMMAND_ID.test(given) ? given : ports.newId();
  return { texts, pressed: { commandId, actor: context.get('actor'), nowMs: ports.nowMs() } };
}

/** The form as it was typed, with what is wrong in it. */
export function stateOf(
  result: { readonly kind: 'done' } | { readonly kind: 'invalid'; readonly errors: FieldErrors },
  values: Texts,
): FormState {
  return { values, errors: result.kind === 'invalid' ? result.errors : {} };
}
