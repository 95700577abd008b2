// The tidy rule about constructors (house.md 2): a class that needs more than five others has more than one job.
import { isNode, lineAt, type ParsedFile, type SyntaxNode, walk } from './source-tree.ts';

export const COLLABORATORS_MAX = 5;
/** What nearly every class takes: the runtime, the small stored values, paper or live, the clock. */
const NOT_COUNTED = new Set(['ports', 'kv', 'mode', 'nowMs']);

/**
 * Constructors of `files` with too many collaborators, and those that hide some in an object: one that is written in the
 * constructor, or a type that holds two classes or more of `files`. One line per breach.
 */
export function crowdedClasses(files: readonly ParsedFile[]): string[] {
  const bags = bagsOf(files);
  return files.flatMap((file) => {
    const found: string[] = [];
    walk(file.program, (node) => {
      if (!isClass(node)) return;
      const where = `${file.path}:${lineAt(file, node.start)} ${nameOf(node)}`;
      const counted = constructorParameters(node).filter(({ name }) => !NOT_COUNTED.has(name));
      if (counted.length > COLLABORATORS_MAX)
        found.push(
          `${where} takes ${counted.length} collaborators, ${COLLABORATORS_MAX} allowed: cut it by job`,
        );
      for (const { name, isInline, type } of counted)
        if (isInline || bags.has(type)) found.push(`${where} hides collaborators in the object ${name}`);
    });
    return found;
  });
}

interface Parameter {
  readonly name: string;
  /** Written as an object: `{ a, b }: Parts`, or `steps: { a: A; b: B }`. */
  readonly isInline: boolean;
  /** The name of its type; empty without one. */
  readonly type: string;
}

function constructorParameters(node: SyntaxNode): readonly Parameter[] {
  const made = membersOf(node.body).find((member) => member.kind === 'constructor');
  const params = isNode(made?.value) ? made.value.params : [];
  return nodesOf(params).map((param) => {
    const inner = param.type === 'TSParameterProperty' ? param.parameter : param;
    const target = isNode(inner) && inner.type === 'AssignmentPattern' ? inner.left : inner;
    const annotation = isNode(target) ? typeOf(target) : undefined;
    return {
      name: isNode(target) && typeof target.name === 'string' ? target.name : '…',
      isInline: isNode(target) && (target.type === 'ObjectPattern' || annotation?.type === 'TSTypeLiteral'),
      type: typeName(annotation),
    };
  });
}

/** Names of the interfaces and object types that hold two classes of ours or more. */
function bagsOf(files: readonly ParsedFile[]): ReadonlySet<string> {
  const classes = new Set<string>();
  const shapes: (readonly [string, readonly SyntaxNode[]])[] = [];
  for (const { program } of files)
    walk(program, (node) => {
      if (isClass(node)) classes.add(nameOf(node));
      if (node.type === 'TSInterfaceDeclaration') shapes.push([nameOf(node), membersOf(node.body)]);
      if (node.type === 'TSTypeAliasDeclaration' && isNode(node.typeAnnotation))
        shapes.push([nameOf(node), membersOf(node.typeAnnotation)]);
    });
  const isClassField = (member: SyntaxNode) => classes.has(typeName(typeOf(member)));
  return new Set(
    shapes.filter(([, members]) => members.filter(isClassField).length > 1).map(([name]) => name),
  );
}

function isClass(node: SyntaxNode): boolean {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

/** The members of a class, an interface or an object type. */
function membersOf(node: unknown): readonly SyntaxNode[] {
  return isNode(node) ? nodesOf(node.body ?? node.members) : [];
}

function nodesOf(value: unknown): readonly SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function typeOf(node: SyntaxNode): SyntaxNode | undefined {
  const annotation = isNode(node.typeAnnotation) ? node.typeAnnotation.typeAnnotation : undefined;
  return isNode(annotation) ? annotation : undefined;
}

function typeName(annotation: SyntaxNode | undefined): string {
  return annotation !== undefined && isNode(annotation.typeName) ? String(annotation.typeName.name) : '';
}

function nameOf(node: SyntaxNode): string {
  return isNode(node.id) ? String(node.id.name) : 'a class';
}
