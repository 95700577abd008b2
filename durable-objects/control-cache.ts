/** The last version of the operator's control document that this object has seen; a lower one is never taken. */
import { type Control, controlSchema } from '../domain/control.ts';
import type { KeyValue } from './key-value.ts';

/** A D1 that does not give the document by then has failed; the last one stays in force. */
export const CONTROL_READ_MS_MAX = 5_000;

export class ControlCache {
  private current: Control | undefined;

  constructor(private readonly kv: KeyValue) {
    this.current = kv.get<Control>('control');
  }

  get(): Control | undefined {
    return this.current;
  }

  /** Takes a higher version, validated; returns whether it did. A bad document is refused and the last good one stays. */
  apply(control: Control): boolean {
    if (this.current !== undefined && control.version <= this.current.version) return false;
    const checked = controlSchema.parse(control);
    this.kv.put('control', checked);
    this.current = checked;
    return true;
  }
}
