/** Named sets of settings that a form can be filled with; nothing is in force before it is saved. */
import { MINUTE_MS } from '../time.ts';
import type { ModeSettings } from './settings.ts';

export interface Preset {
  readonly label: string;
  /** What the preset says; everything else stays as it is. */
  readonly settings: Partial<ModeSettings>;
}

/** The values that paper started with before both modes had one set of defaults (A54). */
const EARLIER_PAPER_RULES = {
  label: 'Earlier paper rules',
  settings: {
    minTradeNotionalMicros: 5_000_000,
    belowMinPolicy: 'RAISE',
    copyAgeMsMax: MINUTE_MS,
    exitSizing: 'RATE',
    // 100 %: orders had no price of their own then, only the guardrails bounded them.
    slippageBpsBuy: 10_000,
    slippageBpsSell: 10_000,
    // Paper filled a copy in the moment of its decision.
    paperSubmitMs: 0,
  },
} as const satisfies Preset;

export const PRESETS = { earlierPaper: EARLIER_PAPER_RULES } as const satisfies Record<string, Preset>;
export type PresetName = keyof typeof PRESETS;
