/**
 * The settings that test scenes were written for: those of each mode before both had one set of defaults (A54). Exits mirror the
 * fraction and orders have their slippage caps, as by default today. A paper copy fills in the turn that decides it, but for the
 * market's own delay.
 */
import type { TradingMode } from '../../../domain/ids.ts';
import { defaultSettings, type ModeSettings } from '../../../domain/settings/settings.ts';

export function earlierSettings(mode: TradingMode): ModeSettings {
  const paper = mode === 'PAPER';
  return {
    ...defaultSettings(mode),
    minTradeNotionalMicros: 5_000_000,
    belowMinPolicy: paper ? 'RAISE' : 'SKIP',
    paperSubmitMs: 0,
    copyAgeMsMax: paper ? 60_000 : 15_000,
  };
}
