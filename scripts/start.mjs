// `npm start`: one command that runs the app and its practice exchange on this machine until Ctrl-C.
// Only the check of Node's version is here, since everything else is TypeScript and needs the newer Node.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('start');
hideTypeStrippingWarning();
const { runStart } = await import('./start/run-start.ts');

process.exitCode = await runStart({
  root: new URL('..', import.meta.url).pathname,
  argv: process.argv.slice(2),
  environment: process.env,
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
});
// A child's pipe or a pending request must not keep a command alive that has ended everything it started.
process.exit();
