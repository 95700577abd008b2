// The tidy rules about what a file holds (style.md 4.7). Each takes files and gives one line per breach, so that
// a rule can itself be shown to bite on a bad sample.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { isNode, lineAt, type ParsedFile, type SourceFile, type SyntaxNode, walk } from './source-tree.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 70;

/** Clock, chance, network, waiting, output and floats have no place in `domain`. */
export function impureDomain(file: ParsedFile): string[] {
  const found: string[] = [];
  const report = (node: SyntaxNode, what: string) =>
    found.push(`${file.path}:${lineAt(file, node.start)} uses ${what} in domain`);
  walk(file.program, (node, parent) => {
    if (node.async === true || node.type === 'AwaitExpression') report(node, 'async');
    if (node.type === 'CallExpression' && isNamed(node.callee, 'Number')) report(node, 'Number(');
    if (node.type === 'MemberExpression' && isNamed(node.object, 'Math') && isNamed(node.property, 'random'))
      report(node, 'Math.random');
    const banned = ['Date', 'fetch', 'console', 'parseFloat'].find((name) => isNamed(node, name));
    if (banned !== undefined && !isOnlyAName(node, parent)) report(node, banned);
  });
  return found;
}

/** Names that say nothing of what is inside. */
export function emptyNames({ path }: SourceFile): string[] {
  return /^(utils?|helpers?|common|misc)\.(ts|tsx|mjs)$/.test(basename(path))
    ? [`${path}: name it by what it does`]
    : [];
}

/** `any` as a type, wherever it hides. */
export function anyTypes(file: ParsedFile): string[] {
  return findNodes(file, (node) => node.type === 'TSAnyKeyword').map(
    (line) => `${file.path}:${line} uses any`,
  );
}

/** console.* anywhere but in the one logger. */
export function strayConsole(file: ParsedFile): string[] {
  if (file.path === 'worker/log.ts') return [];
  return findNodes(file, (node) => node.type === 'MemberExpression' && isNamed(node.object, 'console')).map(
    (line) => `${file.path}:${line} writes to the console; worker/log.ts does that`,
  );
}

/** Objects reached in another way than by the functions that also say where they are created. */
export function strayStubs(file: ParsedFile): string[] {
  if (file.path === 'durable-objects/platform/stubs.ts') return [];
  const ways = ['getByName', 'idFromName', 'idFromString', 'newUniqueId'];
  return findNodes(
    file,
    (node) => node.type === 'MemberExpression' && ways.some((way) => isNamed(node.property, way)),
  ).map((line) => `${file.path}:${line} reaches an object; durable-objects/platform/stubs.ts does that`);
}

/** Ways around the escaping of text in pages. */
export function unescapedHtml(file: ParsedFile): string[] {
  return findNodes(
    file,
    (node) =>
      (node.type === 'CallExpression' && isNamed(node.callee, 'raw')) ||
      isNamed(node, 'dangerouslySetInnerHTML') ||
      (node.type === 'JSXIdentifier' && node.name === 'dangerouslySetInnerHTML'),
  ).map((line) => `${file.path}:${line} puts unescaped text into a page`);
}

/** Files over the limit that are not recorded as that long; `recorded` maps paths to lines. */
export function longFile(file: SourceFile, recorded: Record<string, number>): string[] {
  const lines = file.text.trimEnd().split('\n').length;
  const limit = recorded[file.path] ?? FILE_LINES_MAX;
  return lines > limit
    ? [`${file.path} has ${lines} lines, ${limit} allowed: split it, or record it in exceptions.ts`]
    : [];
}

/** Functions over the limit that are not recorded as that long; `recorded` maps `path name` to lines. */
export function longFunctions(file: ParsedFile, recorded: Record<string, number>): string[] {
  const found: string[] = [];
  walk(file.program, (node, parent) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return;
    const lines = lineAt(file, node.end) - lineAt(file, node.start) + 1;
    const name = nameOf(node) ?? nameOf(parent) ?? 'anonymous';
    const limit = recorded[`${file.path} ${name}`] ?? FUNCTION_LINES_MAX;
    if (lines > limit) found.push(`${file.path} ${name} has ${lines} lines, ${limit} allowed`);
  });
  return found;
}

/** Released migrations that were edited or removed; `released` maps paths to SHA-256. */
export function editedMigrations(files: readonly SourceFile[], released: Record<string, string>): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return Object.entries(released).flatMap(([path, hash]) => {
    const text = texts.get(path);
    if (text === undefined) return [`${path} was released and is gone`];
    return sha256(text) === hash ? [] : [`${path} was released and is edited: add a new migration instead`];
  });
}

/** Fixtures whose name no test says. */
export function unusedFixtures(files: readonly SourceFile[]): string[] {
  const tests = files.filter(({ path }) => /^test\/.*\.tsx?$/.test(path));
  return files
    .filter(({ path }) => /^test\/.*fixtures?\//.test(path) && !/\.tsx?$/.test(path))
    .filter(({ path }) => {
      const name = basename(path);
      const stem = name.replace(/\..*$/, '');
      return !tests.some(({ text }) => text.includes(name) || new RegExp(`['"\`/]${stem}['"\`]`).test(text));
    })
    .map(({ path }) => `${path}: no test uses this fixture`);
}

/** Hosts of package registries, and text that looks like a secret. */
export function leaks(file: SourceFile): string[] {
  // Spelt apart, or this file would break its own rule.
  const hosts = [['registry', 'npmjs', 'org'].join('.'), ['deb', 'debian', 'org'].join('.')];
  const found = hosts
    .filter((host) => file.text.includes(host))
    .map((host) => `${file.path} names the host ${host}`);
  const secrets = [
    /-----BEGIN [A-Z ]*PRIVATE KEY/,
    /\bAKIA[0-9A-Z]{16}\b/,
    /\bgh[pousr]_\w{30,}/,
    /\bsk-[\w-]{30,}/,
  ];
  return [
    ...found,
    ...secrets.filter((shape) => shape.test(file.text)).map(() => `${file.path} holds a secret`),
  ];
}

/** Files that do not begin by saying what they are for. */
export function missingPurpose(file: SourceFile): string[] {
  const first = file.text.replace(/^#!.*\n/, '').trimStart();
  return /^(\/\/|\/\*)/.test(first) ? [] : [`${file.path} does not say what it is for in its first line`];
}

/** Default exports, which let each importer choose another name. */
export function defaultExports(file: ParsedFile): string[] {
  return findNodes(file, (node) => node.type === 'ExportDefaultDeclaration').map(
    (line) => `${file.path}:${line} has a default export`,
  );
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function findNodes(file: ParsedFile, matches: (node: SyntaxNode) => boolean): number[] {
  const lines: number[] = [];
  walk(file.program, (node) => {
    if (matches(node)) lines.push(lineAt(file, node.start));
  });
  return lines;
}

function isNamed(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === name;
}

/** A property or key that only happens to have the name: `row.Date`, `{ Date: 1 }`. */
function isOnlyAName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && parent.computed !== true;
  if (parent === undefined) return false;
  return (
    /^(Property|TSPropertySignature|PropertyDefinition|MethodDefinition)$/.test(parent.type) &&
    parent.key === node
  );
}

function nameOf(node: SyntaxNode | undefined): string | undefined {
  const id = node?.id ?? node?.key;
  return isNode(id) && typeof id.name === 'string' ? id.name : undefined;
}

/** Folders of source that hold more files than one sees at a glance. */
export function wideFolders(files: readonly SourceFile[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const { path } of files) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > most)
    .map(
      ([folder, count]) => `${folder} holds ${count} files, ${most} allowed: give some a room of their own`,
    );
}
