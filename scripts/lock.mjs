// `npm run lock`: writes package-lock.json so that it works on every platform, also when written where the
// registry lacks other platforms' optional packages. Names no registry host. Fails when npm fails.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { hideTypeStrippingWarning, requireNode } from './node-version.mjs';

requireNode('run lock');
hideTypeStrippingWarning();
const { findAbsentOptionals, platformFromName, withEntries } = await import('./lock/absent-optionals.ts');

const { withoutToolEngines } = await import('./lock/tool-engines.ts');

const LOCKFILE = new URL('../package-lock.json', import.meta.url);

execFileSync(
  'npm',
  ['install', '--package-lock-only', '--omit-lockfile-registry-resolved', '--ignore-scripts'],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: new URL('..', import.meta.url),
  },
);
const lock = JSON.parse(readFileSync(LOCKFILE, 'utf8'));
const entries = findAbsentOptionals(lock).map((absent) => ({ absent, platform: platformOf(absent) }));
writeFileSync(LOCKFILE, `${JSON.stringify(withoutToolEngines(withEntries(lock, entries)), null, 2)}\n`);
for (const { absent, platform } of entries) {
  console.log(`added ${absent.name}@${absent.version} ${JSON.stringify(platform)}`);
}
console.log(`package-lock.json written, ${entries.length} absent optional dependencies added`);

/** The platform that the registry gives for this version; where it lacks the version, the one that the package's name gives. */
function platformOf({ name, version }) {
  try {
    const answer = execFileSync('npm', ['view', `${name}@${version}`, 'os', 'cpu', 'libc', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    });
    const { os, cpu, libc } = JSON.parse(answer === '' ? '{}' : answer);
    if (os !== undefined || cpu !== undefined) {
      return {
        ...(os && { os: [os].flat() }),
        ...(cpu && { cpu: [cpu].flat() }),
        ...(libc && { libc: [libc].flat() }),
      };
    }
  } catch {
    // E404: the very case this script is for. The name below is then all there is.
  }
  const platform = platformFromName(name);
  if (platform.os === undefined || platform.cpu === undefined) {
    throw new Error(`the registry lacks ${name}@${version} and its name does not contain its platform`);
  }
  return platform;
}
