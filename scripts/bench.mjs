// `npm run bench -- NAME`: measures what design.md 12 promises, on this machine. Without a name it lists the benches.
// Only the check of Node's version is here, since everything else is TypeScript and needs the newer Node.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('run bench');
hideTypeStrippingWarning();
const { runBench } = await import('../test/bench/run-bench.ts');

process.exitCode = await runBench({
  argv: process.argv.slice(2),
  say: (text) => console.log(text),
  // Apart from the result, so that `--json` can be piped.
  complain: (text) => console.error(text),
});
process.exit();
