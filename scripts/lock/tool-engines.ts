// Takes out of a lockfile which Node the tools want. They run on the Node that comes with the project as a package, not on the
// one that runs `npm ci`, which npm would warn about.
import type { Lockfile } from './absent-optionals.ts';

/** The lockfile without `engines` of packages that only development needs; those of what the app itself uses stay. */
export function withoutToolEngines(lock: Lockfile): Lockfile {
  const packages = Object.entries(lock.packages).map(([path, entry]) => {
    if (entry.dev !== true) return [path, entry] as const;
    const { engines: _engines, ...rest } = entry;
    return [path, rest] as const;
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}
