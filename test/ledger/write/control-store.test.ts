import { describe, expect, it } from 'vitest';
import {
  initialControl,
  listAudit,
  readControl,
  recordAudit,
  saveControl,
} from '../../../ledger/write/control-store.ts';
import { openD1 } from '../d1-over-sqlite.ts';
import { AT } from '../records.ts';

const change = {
  action: 'setPaperTrading',
  subject: '',
  field: 'paperTrading',
  oldValue: 'ON',
  newValue: 'OFF',
};

describe('the control document in D1', () => {
  it('is absent before the first save and then the newest version', async () => {
    const { d1 } = openD1();
    expect(await readControl(d1)).toBeUndefined();
    await saveControl(d1, {
      previousVersion: 0,
      control: initialControl(),
      commandId: 'a',
      actor: 'operator',
      audit: [],
      nowMs: AT,
    });
    const off = { ...initialControl(), paperTrading: 'OFF' as const };
    const saved = await saveControl(d1, {
      previousVersion: 1,
      control: off,
      commandId: 'b',
      actor: 'operator',
      audit: [change],
      nowMs: AT,
    });
    expect(saved).toMatchObject({ kind: 'saved', control: { version: 2, paperTrading: 'OFF' } });
    expect(await readControl(d1)).toMatchObject({ version: 2, paperTrading: 'OFF' });
    expect(await listAudit(d1, 10)).toMatchObject([{ ...change, atMs: AT, actor: 'operator' }]);
  });

  it('keeps who made each version, and who made changes that are of no version', async () => {
    const fake = openD1();
    const audit = [change];
    const common = { commandId: 'a', actor: 'ann@example.com', audit, nowMs: AT };
    await saveControl(fake.d1, { ...common, previousVersion: 0, control: initialControl() });
    await recordAudit(fake.d1, { ...common, actor: 'bob@example.com' });
    expect(fake.sqlite.prepare('SELECT actor FROM control_versions').all()).toEqual([
      { actor: 'ann@example.com' },
    ]);
    const actors = (await listAudit(fake.d1, 10)).map((row) => row.actor);
    expect(actors).toEqual(['bob@example.com', 'ann@example.com']);
  });

  it('keeps as many changes of one command as there are', async () => {
    const fake = openD1();
    const audit = Array.from({ length: 20 }, (_, at) => ({ ...change, field: `position ${at}` }));
    await recordAudit(fake.d1, { commandId: 'a', actor: 'ann@example.com', audit, nowMs: AT });
    expect((await listAudit(fake.d1, 100)).map((row) => row.field)).toEqual(
      audit.map((one) => one.field).reverse(),
    );
  });

  it('refuses the second of two tabs, and stores nothing of what it sent', async () => {
    const { d1 } = openD1();
    const save = (commandId: string) =>
      saveControl(d1, {
        previousVersion: 0,
        control: initialControl(),
        commandId,
        actor: 'operator',
        audit: [change],
        nowMs: AT,
      });
    expect((await save('a')).kind).toBe('saved');
    expect((await save('b')).kind).toBe('conflict');
    expect(await listAudit(d1, 10)).toHaveLength(1);
  });

  it('saves one press of a button once, however often it arrives', async () => {
    const { d1 } = openD1();
    const request = {
      previousVersion: 0,
      control: initialControl(),
      commandId: 'a',
      actor: 'operator',
      audit: [change],
      nowMs: AT,
    };
    await saveControl(d1, request);
    expect(await saveControl(d1, request)).toMatchObject({ kind: 'already-saved', control: { version: 1 } });
    expect(await listAudit(d1, 10)).toHaveLength(1);
  });

  it('refuses to save a document that contradicts itself', async () => {
    const { d1 } = openD1();
    const control = initialControl();
    const PAPER = { ...control.settings.PAPER, budgetRateBpsMin: 500 };
    const wrong = { ...control, settings: { ...control.settings, PAPER } };
    const request = {
      previousVersion: 0,
      control: wrong,
      commandId: 'a',
      actor: 'operator',
      audit: [],
      nowMs: AT,
    };
    await expect(saveControl(d1, request)).rejects.toThrow(/budget rate/);
    expect(await readControl(d1)).toBeUndefined();
  });

  it('reports that D1 is down as an error, not as a conflict', async () => {
    const fake = openD1();
    fake.failing(true);
    const request = {
      previousVersion: 0,
      control: initialControl(),
      commandId: 'a',
      actor: 'operator',
      audit: [],
      nowMs: AT,
    };
    await expect(saveControl(fake.d1, request)).rejects.toThrow();
  });
});
