/** The last version of the operator's control document that this object has seen; a lower one is never taken. */
import { type Control, controlSchema } from '../../domain/settings/control.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { KeyValue } from './key-value.ts';
import { type ObjectPorts, reasonOf } from './ports.ts';
import { withinTime } from './time-limit.ts';

/** A D1 that does not give the document by then has failed; the last one stays in force. */
const CONTROL_READ_MS_MAX = 5 * SECOND_MS;

export interface ControlKeys {
  control: Control;
}

export class ControlCache {
  private current: Control | undefined;

  constructor(private readonly kv: Pick<KeyValue<ControlKeys>, 'get' | 'put'>) {
    this.current = kv.get('control');
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

  /** Reads D1's document and hands it to the object. Never throws: when D1 fails, the last document stays in force. */
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
      ports.log('warn', 'D1 did not give the control document; the last one stays in force', {
        reason: reasonOf(error),
      });
    }
  }
}
