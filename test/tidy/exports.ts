// The tidy rule about exports: what only tests use, or nothing, is dead code.
import { posix } from 'node:path';
import { isNode, type ParsedFile, type SyntaxNode, walk } from './source-tree.ts';

/** Files whose exports a runtime or a tool takes by name; drizzle-kit reads the schemas whole. */
const ENTRIES =
  /^(ledger\/schema\/.*|worker\/index\.ts|simulator\/worker\.ts|[^/]+\.config\.ts|scripts\/[^/]+\.mjs)$/;

/**
 * `path name` of every export that no other file imports and that its own file does not use either. `files` is the source
 * without its tests. What its file uses may be exported for a test, or as the type of a signature.
 */
export function unusedExports(files: readonly ParsedFile[]): string[] {
  const used = new Set(files.flatMap(importedNames));
  return files
    .filter(({ path }) => !ENTRIES.test(path))
    .flatMap((file) =>
      exportedNames(file)
        .filter((name) => !isUsedWithin(file, name))
        .map((name) => `${file.path} ${name}`),
    )
    .filter((one) => !used.has(one) && !used.has(`${one.split(' ')[0]} *`));
}

/** Whether the name occurs besides its declaration. */
function isUsedWithin({ program }: ParsedFile, name: string): boolean {
  let count = 0;
  walk(program, (node) => {
    if ((node.type === 'Identifier' || node.type === 'JSXIdentifier') && node.name === name) count += 1;
  });
  return count > 1;
}

function exportedNames({ program }: ParsedFile): string[] {
  return nodesIn(program.body).flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration') return [];
    const names = nodesIn(node.specifiers).map(({ exported }) => nameOf(exported));
    const { declaration } = node;
    if (!isNode(declaration)) return names;
    const declared =
      declaration.type === 'VariableDeclaration' ? nodesIn(declaration.declarations) : [declaration];
    return [...names, ...declared.map(({ id }) => nameOf(id))];
  });
}

/** `path name` for each name that the file imports or re-exports, `path *` where it takes all of a file. */
function importedNames(file: ParsedFile): string[] {
  const found: string[] = [];
  walk(file.program, (node) => {
    const { source } = node;
    if (!isNode(source) || typeof source.value !== 'string' || !source.value.startsWith('.')) return;
    const target = posix.join(posix.dirname(file.path), source.value);
    if (node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration') {
      for (const one of nodesIn(node.specifiers)) {
        if (one.type === 'ImportNamespaceSpecifier') found.push(`${target} *`);
        else found.push(`${target} ${nameOf(one.imported ?? one.local)}`);
      }
    } else if (node.type === 'ExportAllDeclaration') found.push(`${target} *`);
    else if (node.type === 'ImportExpression') found.push(`${target} *`);
    else if (node.type === 'TSImportType') found.push(`${target} ${nameOf(node.qualifier)}`);
  });
  return found;
}

function nodesIn(value: unknown): SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node.name === 'string' ? node.name : '';
}
