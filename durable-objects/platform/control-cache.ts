/** The highest version of the operator's control document that this object has received; a lower one is ignored. */
import { type Control, controlSchema } from '../../domain/settings/control.ts';
import { readStoredControl } from '../../domain/settings/stored-control.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { KeyValue } from './key-value.ts';
import { type ObjectPorts, reasonOf } from './ports.ts';
import { withinTime } from './time-limit.ts';

/** A read of D1 that takes longer has failed; the last document stays in force. */
const CONTROL_READ_MS_MAX = 5 * SECOND_MS;

export interface ControlKeys {
  control: Control;
}

export class ControlCache {
  /** As it is stored, and as it is read here. */
  private known: { readonly stored: Control | undefined; readonly read: Control | undefined } | undefined;

  constructor(private readonly kv: Pick<KeyValue<ControlKeys>, 'get' | 'put'>) {}

  get(): Control | undefined {
    const stored = this.kv.get('control');
    // It is another one after each change, and after a transaction that was rolled back.
    if (this.known === undefined || this.known.stored !== stored) {
      // One that another release stored gets the defaults of the fields that it lacks, and loses those that are unknown here.
      const read = stored === undefined ? undefined : (readStoredControl(stored) ?? stored);
      this.known = { stored, read };
    }
    return this.known.read;
  }

  /** Stores a higher version and returns true; a lower one is ignored. Throws on an invalid document: the last good one stays. */
  apply(control: Control): boolean {
    const current = this.get();
    if (current !== undefined && control.version <= current.version) return false;
    const checked = readStoredControl(control);
    if (checked === undefined)
      throw new Error(
        `version ${control.version} of the control document cannot be read here: ${controlSchema.safeParse(control).error?.message}`,
      );
    this.kv.put('control', checked);
    this.known = { stored: checked, read: checked };
    return true;
  }

  /** Reads the document from D1 and passes it to `take`. Never throws: when D1 fails, the last document stays in force. */
  async refresh(
    ports: ObjectPorts,
    given: {
      readonly read: () => Promise<Control | undefined>;
      readonly take: (control: Control) => void;
    },
  ): Promise<void> {
    try {
      const control = await withinTime(ports.timers, { ms: CONTROL_READ_MS_MAX, what: 'D1' }, given.read());
      if (control !== undefined) given.take(control);
    } catch (error) {
      ports.log('warn', 'the control document could not be read from D1; the last one stays in force', {
        reason: reasonOf(error),
      });
    }
  }
}
