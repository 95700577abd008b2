// The tidy rules about imports: the arrows between rooms of design.md 1, and no circles between files.
import { posix } from 'node:path';
import { isNode, type ParsedFile, walk } from './source-tree.ts';

/** Which rooms each room may import besides itself. A room that is not named here may import anything of ours. */
const ARROWS: Record<string, readonly string[]> = {
  domain: [],
  polymarket: ['domain'],
  ledger: ['domain'],
  views: ['domain'],
  'durable-objects': ['domain', 'polymarket', 'ledger', 'views'],
  worker: ['domain', 'polymarket', 'ledger', 'views', 'durable-objects'],
  simulator: [],
  scripts: [],
};

/** The modules that a file imports or re-exports, types included, statically or not: relative ones as paths, others by name. */
export function importsOf(file: ParsedFile): string[] {
  const found: string[] = [];
  walk(file.program, (node) => {
    if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type))
      return;
    const { source } = node;
    if (!isNode(source) || typeof source.value !== 'string') return;
    found.push(
      source.value.startsWith('.') ? posix.join(posix.dirname(file.path), source.value) : source.value,
    );
  });
  return found;
}

/** Imports that go against the arrows, and anything with effects that `domain` imports. */
export function climbingImports(file: ParsedFile): string[] {
  const room = roomOf(file.path);
  const allowed = ARROWS[room];
  if (allowed === undefined) return [];
  return importsOf(file).flatMap((target) => {
    if (target.startsWith('node:') || target.startsWith('cloudflare:')) {
      return room === 'domain' ? [`${file.path} imports ${target}: domain has no effects`] : [];
    }
    const targetRoom = roomOf(target);
    const isOurs = targetRoom in ARROWS || targetRoom === 'test';
    if (!isOurs || targetRoom === room || allowed.includes(targetRoom)) return [];
    return [`${file.path} imports ${target}: ${room} may not import ${targetRoom}`];
  });
}

/** Imports of zod itself: only `domain/zod.ts` takes it, and gives it its messages. */
export function zodItself(file: ParsedFile): string[] {
  if (file.path === 'domain/zod.ts') return [];
  const taken = importsOf(file).filter((target) => target === 'zod' || target.startsWith('zod/'));
  return taken.map((target) => `${file.path} imports ${target}: take domain/zod.ts`);
}

/** Circles of imports, types included, each once, as the path that comes back to its beginning. */
export function importCircles(files: readonly ParsedFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) circles.push([...trail.slice(at), path].join(' → '));
    if (at !== -1 || done.has(path)) return;
    // Depth is bounded by the number of files: a path already on the trail ends the walk.
    for (const target of graph.get(path) ?? []) if (graph.has(target)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}
