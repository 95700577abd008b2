/**
 * Reads a control document that another release may have written. Written strictly, it is read leniently: after a rollback, and for
 * the minutes of a deploy, a setting that this release does not know must not take a page down.
 */
import { type Control, controlSchema } from './control.ts';

/** A document has fewer levels than this, and each pass removes what is unknown on all of them. */
const PASSES_MAX = 5;

/**
 * The document, without the fields that this release does not know and with its defaults for those that are missing. Undefined where
 * a field that it does know has a value that it does not: nobody can say what that would mean.
 */
export function readStoredControl(stored: unknown): Control | undefined {
  let value = stored;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const parsed = controlSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const unknown = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    if (unknown.length === 0 || unknown.length < parsed.error.issues.length) return undefined;
    value = structuredClone(value);
    for (const { path, keys } of unknown) for (const key of keys) remove(value, [...path, key]);
  }
  return undefined;
}

function remove(value: unknown, path: readonly PropertyKey[]): void {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== 'object' || value === null) return;
  if (rest.length === 0) Reflect.deleteProperty(value, first);
  else remove(Reflect.get(value, first), rest);
}
