// `npm test`: runs every group of tests that can run on this machine, one line for each that cannot, and ends
// with `N passed, N failed` alone on a line. Exits non-zero when a test failed, a group broke or nothing ran.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('test');
hideTypeStrippingWarning();
const { runGroups } = await import('./test/run-groups.ts');

process.exitCode = await runGroups({
  root: new URL('..', import.meta.url).pathname,
  extraArguments: process.argv.slice(2),
  environment: process.env,
  say: (line) => console.log(line),
});
