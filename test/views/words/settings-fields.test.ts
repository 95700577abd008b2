import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRADING_MODES } from '../../../domain/ids.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import {
  FIELD_NAMES,
  type FieldSpec,
  fieldsOf,
  formatSetting,
  parseSetting,
  SECTIONS,
  SETTING_FIELDS,
  type SettingField,
  SHARED_FIELDS,
} from '../../../views/words/settings-fields.ts';
import { UNIT_DIGITS, type Unit } from '../../../views/words/units.ts';

describe('a setting in a form', () => {
  it.each(TRADING_MODES)('reads back every default of %s exactly', (mode) => {
    const settings = defaultSettings(mode);
    for (const field of FIELD_NAMES) {
      const spec: FieldSpec = SETTING_FIELDS[field];
      const text = formatSetting(spec, settings[field]);
      expect(parseSetting(spec, text), field).toEqual({ kind: 'value', value: settings[field] });
    }
  });

  it('reads back any stored amount exactly, in every unit', () => {
    const units = Object.keys(UNIT_DIGITS) as Unit[];
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000_000 }), fc.constantFrom(...units), (value, unit) => {
        const spec: FieldSpec = { kind: 'amount', section: 'Sizing', label: '', unit };
        expect(parseSetting(spec, formatSetting(spec, value))).toEqual({ kind: 'value', value });
      }),
    );
  });

  it('refuses what is not a plain number, whatever it is', () => {
    const spec: FieldSpec = { kind: 'amount', section: 'Sizing', label: '', unit: 'usd' };
    for (const text of ['', ' ', '-1', '+1', '1e3', '0x10', '1,000', '1.0000001', 'NaN', '١', '.5', '5.']) {
      expect(parseSetting(spec, text).kind, text).toBe('wrong');
    }
  });

  it('has its own word where it has no value', () => {
    const { paperSubmitMs, buyPriceMicrosMax } = SETTING_FIELDS;
    expect([formatSetting(paperSubmitMs, null), formatSetting(buyPriceMicrosMax, null)]).toEqual([
      'measured',
      'off',
    ]);
    for (const text of ['measured', ' Measured ', ''])
      expect(parseSetting(paperSubmitMs, text)).toEqual({ kind: 'value', value: null });
    expect(parseSetting(paperSubmitMs, 'off').kind).toBe('wrong');
    expect(parseSetting(paperSubmitMs, '150')).toEqual({ kind: 'value', value: 150 });
  });

  it('of how a mode executes is in the form of that mode alone, and shared with none (A54, A55)', () => {
    const inForm = (mode: 'PAPER' | 'LIVE', field: SettingField) => fieldsOf(mode).includes(field);
    expect([inForm('PAPER', 'paperSubmitMs'), inForm('LIVE', 'paperSubmitMs')]).toEqual([true, false]);
    expect([inForm('PAPER', 'submitTimeoutMs'), inForm('LIVE', 'submitTimeoutMs')]).toEqual([false, true]);
    expect(SHARED_FIELDS.filter((field) => !(inForm('PAPER', field) && inForm('LIVE', field)))).toEqual([]);
    expect(SHARED_FIELDS).toContain('copyRateBps');
  });

  it('has its place in a section', () => {
    for (const field of FIELD_NAMES) expect(SECTIONS).toContain(SETTING_FIELDS[field].section);
  });
});
