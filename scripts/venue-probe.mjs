// `npm run venue:probe`: asks the venue what only a live call settles, and says per item whether the answer is as the code expects.
// This file connects the product's probe with the command line, because `scripts/` itself imports nothing of the product.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('run venue:probe');
hideTypeStrippingWarning();
const { runVenueProbe } = await import('./venue-probe/run-venue-probe.ts');

process.exitCode = await runVenueProbe({
  root: new URL('..', import.meta.url).pathname,
  argv: process.argv.slice(2),
  environment: process.env,
  probe: async (variables, wishes, record) => {
    const { probeVariables } = await import('../polymarket/probe/probe-from-env.ts');
    const { openStandardSocket } = await import('../polymarket/account/live-check-from-env.ts');
    return probeVariables(variables, wishes, {
      fetch: (address, init) => fetch(address, init),
      openSocket: openStandardSocket,
      setTimer: (callback, delayMs) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      nowMs: () => Date.now(),
      ...(record === undefined ? {} : { record }),
    });
  },
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
});
// A socket or a pending request must not keep the command alive.
process.exit();
