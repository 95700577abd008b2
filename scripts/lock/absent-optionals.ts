// Finds the optional dependencies that a lockfile names but does not hold, and makes entries for them.
// A registry that lacks other platforms' packages drops them, and then `npm ci` refuses or a Mac gets no runtime.

/** One entry of `packages` in a version 3 lockfile; only what is read or written here. */
export type LockedPackage = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  resolved?: string;
  optionalDependencies?: Record<string, string>;
  engines?: Record<string, string>;
};

export type Lockfile = { packages: Record<string, LockedPackage> };

/** A dependency that is named and not held: where it would lie, its version, and who asks for it. */
export type AbsentOptional = { path: string; name: string; version: string; dev: boolean };

/** Which machines a package is for; npm installs it nowhere else. */
export type Platform = { os?: string[]; cpu?: string[]; libc?: string[] };

/**
 * Every optional dependency of any package in the lockfile that no folder on its way up would resolve.
 * Only exact versions are asked for in practice; a range is refused, since no one version could be written.
 */
export function findAbsentOptionals(lock: Lockfile): AbsentOptional[] {
  const absent = new Map<string, AbsentOptional>();
  for (const [from, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolves(lock, { from, name })) continue;
      if (!/^\d+\.\d+\.\d+[-.\w]*$/.test(version)) {
        throw new Error(
          `${from} asks for ${name}@${version}: not one version, cannot be written to the lockfile`,
        );
      }
      const path = pathFor(absent, { from, name, version });
      absent.set(path, { path, name, version, dev: entry.dev === true });
    }
  }
  return [...absent.values()];
}

/** The platform that a package's name contains, the way esbuild, workerd, biome and others name theirs. */
export function platformFromName(name: string): Platform {
  const words = (name.split('/').at(-1) ?? name).split(/[-_.]/);
  const os = words.map((word) => OS_BY_WORD[word]).find((found) => found !== undefined);
  const cpu = words.map((word) => CPU_BY_WORD[word]).find((found) => found !== undefined);
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  };
}

/** The lockfile with one entry more for each absent one, keys in the order npm writes them. */
export function withEntries(
  lock: Lockfile,
  entries: readonly { absent: AbsentOptional; platform: Platform }[],
): Lockfile {
  const packages = { ...lock.packages };
  for (const { absent, platform } of entries) {
    packages[absent.path] = {
      version: absent.version,
      ...(absent.dev ? { dev: true } : {}),
      optional: true,
      ...platform,
    };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

function resolves(lock: Lockfile, { from, name }: { from: string; name: string }): boolean {
  // Each turn cuts one folder off `from`, so this ends after as many turns as it is deep.
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`] !== undefined) return true;
    if (base === '') return false;
  }
}

function pathFor(
  absent: ReadonlyMap<string, AbsentOptional>,
  { from, name, version }: { from: string; name: string; version: string },
): string {
  const top = `node_modules/${name}`;
  const other = absent.get(top);
  return other === undefined || other.version === version ? top : `${from}/node_modules/${name}`;
}

const OS_BY_WORD: Record<string, string> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  linuxmusl: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win: 'win32',
  win32: 'win32',
  windows: 'win32',
};

const CPU_BY_WORD: Record<string, string> = {
  '64': 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  mips64el: 'mips64el',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
  x86: 'ia32',
};
