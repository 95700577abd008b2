// `npm run mutants -- FILE…`: puts small faults into the code and shows which of them the small tests do not catch.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('run mutants');
hideTypeStrippingWarning();
const { runMutants } = await import('./mutants/run-mutants.ts');

process.exitCode = await runMutants({
  root: new URL('..', import.meta.url).pathname.replace(/\/$/, ''),
  argv: process.argv.slice(2),
  say: (line) => console.log(line),
});
