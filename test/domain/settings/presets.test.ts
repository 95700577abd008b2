/** Presets fill a form; what they say is what the earlier rules were, and always valid. */
import { describe, expect, it } from 'vitest';
import { TRADING_MODES } from '../../../domain/ids.ts';
import { PRESETS } from '../../../domain/settings/presets.ts';
import { defaultSettings, modeSettingsSchema } from '../../../domain/settings/settings.ts';

describe('the earlier paper rules', () => {
  it('raise small copies to $5, size exits by the rate, bound no price by slippage, and fill paper at once (A54, A55)', () => {
    expect(PRESETS.earlierPaper.settings).toEqual({
      minTradeNotionalMicros: 5_000_000,
      belowMinPolicy: 'RAISE',
      copyAgeMsMax: 60_000,
      exitSizing: 'RATE',
      slippageBpsBuy: 10_000,
      slippageBpsSell: 10_000,
      paperSubmitMs: 0,
    });
  });

  it.each(TRADING_MODES)('are valid settings of %s', (mode) => {
    const settings = { ...defaultSettings(mode), ...PRESETS.earlierPaper.settings };
    expect(modeSettingsSchema.parse(settings)).toEqual(settings);
  });
});
