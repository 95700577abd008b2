// Reads the project's files for the tidy rules, and walks the parsed form of the TypeScript among them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';

/** One file, its path relative to the project with forward slashes. */
export type SourceFile = { path: string; text: string };

/** A node of the parsed program; `start` and `end` are offsets in the text. */
export type SyntaxNode = { type: string; start: number; end: number; [key: string]: unknown };

export type ParsedFile = SourceFile & {
  program: SyntaxNode;
  comments: readonly { value: string; start: number }[];
};

/** The rooms of design.md 1 that hold code of ours. */
export const PRODUCT_ROOMS = [
  'domain',
  'polymarket',
  'ledger',
  'views',
  'durable-objects',
  'worker',
] as const;

const NOT_OURS = new Set([
  'node_modules',
  '.git',
  '.state',
  '.wrangler',
  '.build',
  '.artifacts',
  '.vitest',
  'vendor',
]);
const DEPTH_MAX = 12;

/** Every text file of the project below `root`, less what is generated or not ours. */
export function readTree(root: string): SourceFile[] {
  return listFiles(root, '', 0)
    .filter((path) =>
      /\.(ts|tsx|mjs|js|json|jsonc|toml|sql|md|css|html|csv|txt)$|^\.ci\/run$|^\.npmrc$/.test(path),
    )
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The file with its program; throws on a syntax error, naming the file. */
export function parseFile(file: SourceFile): ParsedFile {
  const { program, errors, comments } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path}: ${errors[0]?.message}`);
  // oxc's nodes are plain objects of exactly this shape; its own types name each kind apart.
  return { ...file, program: program as unknown as SyntaxNode, comments };
}

type Visit = readonly [node: SyntaxNode, parent: SyntaxNode | undefined];

/** What was walked before: a dozen rules look at every node of the same programs. */
const walked = new WeakMap<SyntaxNode, readonly Visit[]>();

/** Calls `visit` for each node of the program, parents first. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void,
): void {
  const nodes = walked.get(node) ?? nodesOf(node);
  walked.set(node, nodes);
  for (const [current, parent] of nodes) visit(current, parent);
}

function nodesOf(root: SyntaxNode): readonly Visit[] {
  const nodes: Visit[] = [];
  // A stack and not recursion, so that depth costs nothing; it ends because a program is a finite tree.
  const waiting: Visit[] = [[root, undefined]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    nodes.push(next);
    const [current] = next;
    for (const value of Object.values(current)) {
      for (const child of Array.isArray(value) ? value : [value])
        if (isNode(child)) waiting.push([child, current]);
    }
  }
  return nodes;
}

/** The 1-based line of an offset. */
export function lineAt({ text }: SourceFile, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function listFiles(root: string, folder: string, depth: number): string[] {
  if (depth > DEPTH_MAX) throw new Error(`${folder} is deeper than ${DEPTH_MAX} folders`);
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : listFiles(root, path, depth + 1);
    return entry.isFile() ? [path] : [];
  });
}
