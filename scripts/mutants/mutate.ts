// Makes the small faults that `npm run mutants` puts into a source file, one at a time: a negated condition, a moved
// boundary, a dropped call, a swapped rounding. Pure: text in, faults out; the same text gives the same faults.
import { createHash } from 'node:crypto';
import { parseSync } from 'vite';

/** One fault: the text between `start` and `end` (offsets) is replaced. */
export type Mutant = {
  start: number;
  end: number;
  replacement: string;
  /** What kind of fault it is. */
  operator: string;
  /** 1-based. */
  line: number;
  /** The source line with the fault, before and after, without indentation. Names the mutant across edits elsewhere. */
  before: string;
  after: string;
};

type Node = { type: string; start: number; end: number; [key: string]: unknown };
type Fault = Pick<Mutant, 'start' | 'end' | 'replacement' | 'operator'>;

const COMPARISONS: Record<string, string> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
const ARITHMETIC: Record<string, string> = { '+': '-', '-': '+' };
/** Functions that a hurried hand confuses: the opposite rounding, the other end, the other quantifier. */
const OPPOSITES = new Map(
  [
    ['min', 'max'],
    ['add', 'sub'],
    ['some', 'every'],
    ['mulDivFloor', 'mulDivCeil'],
    ['notionalFloor', 'notionalCeil'],
    ['floorToStep', 'ceilToStep'],
    ['sharesForCashFloor', 'sharesForCashCeil'],
    ['floor', 'ceil'],
  ].flatMap(([one = '', other = '']) => [
    [one, other],
    [other, one],
  ]),
);
/** A chain goes on without these. */
const DROPPABLE_METHODS = new Set(['filter', 'slice', 'sort', 'toSorted', 'reverse', 'toReversed']);
/** Inside statements of SQL; the first occurrence of each is changed. */
const SQL_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/ < /, ' <= '],
  [/ > /, ' >= '],
  [/ <= /, ' < '],
  [/ >= /, ' > '],
  [/ <> /, ' = '],
  [/ AND /, ' OR '],
  [/ DESC\b/, ' ASC'],
  [/\bmin\(/, 'max('],
];

/** Every fault of the file, in order of place. */
export function mutantsOf({ path, text }: { path: string; text: string }): Mutant[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const faults: Fault[] = [];
  // oxc's nodes are plain objects of exactly this shape; its own types name each kind apart.
  visit(program as unknown as Node, text, faults);
  return faults.sort((a, b) => a.start - b.start || a.end - b.end).map((fault) => describe(fault, text));
}

/** At most `most` of the mutants, chosen by a hash of what they are: the same ones again while their lines stay the same. */
export function sampleOf(mutants: readonly Mutant[], most: number, path: string): Mutant[] {
  const rank = ({ operator, before, after, replacement }: Mutant): string =>
    createHash('sha256').update(`${path}|${operator}|${before}|${after}|${replacement}`).digest('hex');
  const ranked = mutants.map((mutant) => ({ mutant, rank: rank(mutant) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked
    .slice(0, most)
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.start - b.start);
}

/** The file with the fault in it. */
export function withFault(text: string, { start, end, replacement }: Fault): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Walks the program; types, imports and the texts of logs and errors are left alone, since no behaviour is in them. */
function visit(node: Node, text: string, faults: Fault[]): void {
  if (/^(TS(?!AsExpression|SatisfiesExpression|NonNullExpression)|Import)/.test(node.type)) return;
  if (node.type === 'ThrowStatement' || isLogCall(node)) return;
  const source = (part: unknown): string => (isNode(part) ? text.slice(part.start, part.end) : '');
  const replace = (part: Node, replacement: string, operator: string): void => {
    faults.push({ start: part.start, end: part.end, replacement, operator });
  };
  if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') {
    if (isNode(node.test)) replace(node.test, `!(${source(node.test)})`, 'negated condition');
  }
  if (node.type === 'BinaryExpression' || node.type === 'LogicalExpression')
    mutateInfix(node, source, replace);
  if (node.type === 'UnaryExpression' && (node.operator === '!' || node.operator === '-')) {
    if (!isNumber(node.argument)) replace(node, source(node.argument), 'dropped sign');
  }
  if (node.type === 'Literal') mutateLiteral(node, source(node), replace);
  if (node.type === 'TemplateElement') mutateSql(node, source(node), replace);
  if (node.type === 'ExpressionStatement' && isNode(node.expression) && isEffect(node.expression))
    replace(node, ';', 'dropped statement');
  if (node.type === 'CallExpression') mutateCall(node, source, replace);
  for (const [key, value] of Object.entries(node)) {
    if (key === 'key' || key === 'id' || key === 'typeAnnotation' || key === 'returnType') continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, text, faults);
  }
}

type Replace = (part: Node, replacement: string, operator: string) => void;

function mutateInfix(node: Node, source: (part: unknown) => string, replace: Replace): void {
  const operator = String(node.operator);
  const [left, right] = [source(node.left), source(node.right)];
  const moved = COMPARISONS[operator];
  if (moved !== undefined) replace(node, `${left} ${moved} ${right}`, 'moved boundary');
  const other = ARITHMETIC[operator];
  // A plus between texts joins them: a minus would only crash.
  if (other !== undefined && !/['"`]/.test(left + right))
    replace(node, `${left} ${other} ${right}`, 'arithmetic');
  if (operator === '&&' || operator === '||') {
    // Each half alone: the condition without one of its parts.
    replace(node, left, 'dropped half');
    replace(node, right, 'dropped half');
  }
  if (operator === '??') replace(node, `(${right})`, 'dropped value');
}

function mutateLiteral(node: Node, source: string, replace: Replace): void {
  if (node.value === true || node.value === false) replace(node, String(!node.value), 'flipped boolean');
  else if (/^[\d_]+n?$/.test(source)) {
    const isBig = source.endsWith('n');
    const value = BigInt(source.replaceAll('_', '').replace(/n$/, '')) + 1n;
    replace(node, `${value}${isBig ? 'n' : ''}`, 'changed number');
  } else if (/^['"][A-Z][A-Z0-9_]+['"]$/.test(source)) replace(node, `'MUTANT'`, 'changed word');
  else if (typeof node.value === 'string') mutateSql(node, source, replace);
}

function mutateSql(node: Node, source: string, replace: Replace): void {
  if (!/\b(SELECT|DELETE|UPDATE|INSERT|WHERE)\b/.test(source) || /\bCREATE\b/.test(source)) return;
  for (const [pattern, replacement] of SQL_FAULTS)
    if (pattern.test(source)) replace(node, source.replace(pattern, replacement), 'changed statement of SQL');
}

function mutateCall(node: Node, source: (part: unknown) => string, replace: Replace): void {
  const callee = node.callee;
  if (!isNode(callee)) return;
  const isMethod = callee.type === 'MemberExpression' && isNode(callee.property) && callee.computed !== true;
  const named = isMethod ? (callee.property as Node) : callee.type === 'Identifier' ? callee : undefined;
  if (named === undefined) return;
  const name = String(named.name);
  const opposite = OPPOSITES.get(name);
  // Only a name that the file could import: the opposite of a rounding is put in by its own arithmetic elsewhere.
  if (opposite !== undefined && (isMethod || /^(min|max|add|sub)$/.test(name)))
    replace(named, opposite, 'opposite');
  if (isMethod && DROPPABLE_METHODS.has(name)) replace(node, source(callee.object), 'dropped call');
}

function isEffect(node: Node): boolean {
  if (node.type === 'AwaitExpression') return isNode(node.argument) && isEffect(node.argument);
  if (isLogCall(node) || (isNode(node.callee) && node.callee.type === 'Super')) return false;
  return /^(CallExpression|ChainExpression|AssignmentExpression|UpdateExpression)$/.test(node.type);
}

function isLogCall(node: Node): boolean {
  if (node.type !== 'CallExpression' || !isNode(node.callee)) return false;
  const { callee } = node;
  const named = callee.type === 'MemberExpression' ? callee.property : callee;
  return isNode(named) && named.name === 'log';
}

function isNumber(node: unknown): boolean {
  return isNode(node) && node.type === 'Literal' && /number|bigint/.test(typeof node.value);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function describe(fault: Fault, text: string): Mutant {
  const mutated = withFault(text, fault);
  const from = text.lastIndexOf('\n', fault.start - 1) + 1;
  const line = text.slice(0, fault.start).split('\n').length;
  const lineOf = (whole: string, end: number): string => {
    const stop = whole.indexOf('\n', end);
    return whole
      .slice(from, stop === -1 ? whole.length : stop)
      .replaceAll(/\s+/g, ' ')
      .trim();
  };
  return {
    ...fault,
    line,
    before: lineOf(text, fault.end),
    after: lineOf(mutated, fault.start + fault.replacement.length),
  };
}
