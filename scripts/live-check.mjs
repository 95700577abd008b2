// `npm run live:check`: says what is ready for live trading and what is not. Places no order and prints no secret. This file
// connects the product's check with the command line, because `scripts/` itself imports nothing of the product.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('run live:check');
hideTypeStrippingWarning();
const { runLiveCheck } = await import('./live-check/run-live-check.ts');

process.exitCode = await runLiveCheck({
  root: new URL('..', import.meta.url).pathname,
  argv: process.argv.slice(2),
  environment: process.env,
  check: async (variables) => {
    const { checkVariables, openStandardSocket } = await import(
      '../polymarket/account/live-check-from-env.ts'
    );
    return checkVariables(variables, {
      fetch: (address, init) => fetch(address, init),
      openSocket: openStandardSocket,
      setTimer: (callback, delayMs) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      nowMs: () => Date.now(),
    });
  },
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
});
// A socket or a pending request must not keep the command alive.
process.exit();
