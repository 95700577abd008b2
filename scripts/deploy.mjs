// `npm run deploy`: from an account at Cloudflare to a running app, and from there to the next release.
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('run deploy');
hideTypeStrippingWarning();
const { runDeploy } = await import('./deploy/run-deploy.ts');
const { nodePorts } = await import('./deploy/node-ports.ts');

process.exitCode = await runDeploy(
  process.argv.slice(2),
  nodePorts({
    root: new URL('..', import.meta.url).pathname,
    environment: process.env,
    say: (line) => console.log(line),
  }),
);
// A pending request must not keep the command alive.
process.exit();
