// One app with live trading and one browser, for the suites that can use the same ones after each other.
import { rmSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { newStateDir, type Started, startSystem } from './started.ts';

export const EXPORT_TOKEN = 'a-token-of-this-test';

export interface SharedApp {
  readonly system: Started;
  readonly browser: Browser;
  readonly stateDir: string;
  readonly stop: () => Promise<void>;
}

/** Starts both; `stop` ends them and removes what they stored. */
export async function startSharedApp(): Promise<SharedApp> {
  const stateDir = newStateDir('live');
  const browser = await openBrowser();
  const remove = async (): Promise<void> => {
    await browser.close();
    rmSync(stateDir, { recursive: true, force: true });
  };
  try {
    const system = await startSystem({ stateDir, args: ['--live'], environment: { EXPORT_TOKEN } });
    const stop = async (): Promise<void> => {
      await system.stop();
      await remove();
    };
    return { system, browser, stateDir, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
