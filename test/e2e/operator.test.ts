// What an operator does with an app that was started with --live, on one such app: first the pages, then live trading, which
// begins in SHADOW as long as the pages have switched nothing ON.
import { afterAll, beforeAll } from 'vitest';
import { testLive } from './live.ts';
import { type SharedApp, startSharedApp } from './shared-app.ts';
import { testWebApp } from './web-app.ts';

let shared: SharedApp;

beforeAll(async () => {
  shared = await startSharedApp();
});

afterAll(() => shared?.stop());

testWebApp(() => shared);
testLive(() => shared);
