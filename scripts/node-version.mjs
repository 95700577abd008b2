// Refuses to go on under a Node too old for this project, in one line that says why.
// Plain JavaScript on purpose: it must itself run on the old Node that it refuses.
const OLDEST_MAJOR = 22;

/** Exits with 1 and one line on stderr when this process runs on Node older than 22. */
export function requireNode(command, version = process.versions.node) {
  const major = Number.parseInt(version, 10);
  if (major >= OLDEST_MAJOR) return;
  console.error(
    `"npm ${command}" needs Node ${OLDEST_MAJOR} or newer (wrangler does), and this is Node ${version}. ` +
      `After "npm ci", run exactly that: npm puts the project's own Node first.`,
  );
  process.exit(1);
}

/** Keeps Node's remark about running TypeScript directly out of what a person reads; other warnings stay. */
export function hideTypeStrippingWarning() {
  const shown = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && warning.message.includes('Type Stripping')) return;
    for (const listener of shown) listener(warning);
  });
}
