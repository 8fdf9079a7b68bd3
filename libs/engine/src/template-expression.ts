import { type AstCall, type AstLiteral, type AstNode, type AstPath } from './template-ast';
import { JavaDouble } from './template-number';
import { unmarkIndex, unmarkText } from './template-tree';
import {
  type TemplateScope,
  type Helper,
  type HelperBlock,
  type HelperCall,
  type TemplatePlace,
  type TemplateRun,
} from './template-run';
import { memberOf } from './template-value';

/** A part of a template, compiled: its value in a scope. */
export type Evaluate = (scope: TemplateScope, run: TemplateRun) => unknown;

/** Found while compiling: what is wrong and where. */
export class TemplateMistake extends Error {
  constructor(
    message: string,
    readonly place: TemplatePlace,
  ) {
    super(message);
  }
}

export interface CompileContext {
  /** The template's text: numbers are read from it as they were written. */
  readonly lines: readonly string[];
  helper(name: string): Helper | undefined;
}

const noHash: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null) as Record<string, unknown>);

export function placeOf({ loc }: AstNode): TemplatePlace {
  return { line: loc.start.line, column: loc.start.column + 1 };
}

export function compileExpression(node: AstNode, context: CompileContext): Evaluate {
  switch (node.type) {
    case 'PathExpression':
      return compilePathOrHelper(node as AstPath, context);
    case 'SubExpression':
      return compileCall(node as AstCall, context);
    case 'StringLiteral':
    case 'BooleanLiteral': {
      const literal = (node as AstLiteral).value;
      const value = typeof literal === 'string' ? unmarkText(literal) : literal;
      return () => value;
    }
    case 'NumberLiteral': {
      const value = numberLiteral(node as AstLiteral, context);
      return () => value;
    }
    case 'UndefinedLiteral':
    case 'NullLiteral':
      return () => undefined;
    default:
      throw new TemplateMistake(`uses ${node.type}, which is not supported`, placeOf(node));
  }
}

/** `8.0` stays a double. */
function numberLiteral({ value: literal, loc }: AstLiteral, { lines }: CompileContext): number | JavaDouble {
  const value = Number(literal);
  const text = lines[loc.start.line - 1]?.slice(loc.start.column, loc.end.column) ?? '';
  return Number.isInteger(value) && text.includes('.') ? new JavaDouble(value) : value;
}

/** Our own helpers that need arguments: alone, the name is that of a variable, which a mock that came from WireMock may have. */
const neverBare = new Set(['state']);

/** A bare name is a helper's before it is a member's: `{{now}}`. */
export function compilePathOrHelper(path: AstPath, context: CompileContext): Evaluate {
  const name = simpleName(path);
  const helper = name === undefined || neverBare.has(name) ? undefined : context.helper(name);
  return helper === undefined ? compilePath(path, context) : compileHelper(helper, path, context);
}

/** The name that a helper would have; undefined for `a.b`, `../a`, `@a`, `this.a`. */
export function simpleName(path: AstNode): string | undefined {
  if (path.type !== 'PathExpression') return undefined;
  const { parts, data, depth, original } = path as AstPath;
  const [first] = parts;
  if (parts.length !== 1 || data || depth > 0 || typeof first !== 'string' || isLocal(original)) return undefined;
  return first;
}

function isLocal(original: string): boolean {
  return original.startsWith('./') || original.startsWith('this.') || original.startsWith('this/');
}

/** A call with arguments, or a bracketed expression. */
export function compileCall(node: AstCall, context: CompileContext): Evaluate {
  const { path } = node;
  const name = simpleName(path);
  const helper = name === undefined ? undefined : context.helper(name);
  if (helper !== undefined) return compileHelper(helper, node, context);
  if (path.type === 'NullLiteral' || path.type === 'UndefinedLiteral') return () => undefined;
  if (path.type !== 'PathExpression' && path.type !== 'SubExpression')
    throw new TemplateMistake('has a literal where a name or a helper must stand', placeOf(node));
  if (node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0)
    throw new TemplateMistake(`there is no helper '${(path as AstPath).original}'`, placeOf(path));
  return path.type === 'SubExpression' ? compileCall(path as AstCall, context) : compilePath(path as AstPath, context);
}

/** `makeBlock` gives the helper its body, when it has one. */
export function compileHelper(
  helper: Helper,
  node: AstPath | AstCall,
  context: CompileContext,
  makeBlock?: (scope: TemplateScope, run: TemplateRun) => HelperBlock,
): Evaluate {
  const params = 'params' in node ? node.params.map(param => compileExpression(param, context)) : [];
  const pairs = ('hash' in node && node.hash ? node.hash.pairs : []).map(
    ({ key, value }) => [key, compileExpression(value, context)] as const,
  );
  const place = placeOf(node);
  return (scope, run) => {
    run.step();
    const args = params.length === 0 ? noArguments : params.map(param => param(scope, run));
    const hash = pairs.length === 0 ? noHash : (Object.create(null) as Record<string, unknown>);
    for (let i = 0; i < pairs.length; i++) hash[pairs[i]![0]] = pairs[i]![1](scope, run);
    const call: HelperCall = {
      args,
      hash,
      subject: args.length === 0 ? scope.context : args[0],
      scope,
      run,
      block: makeBlock?.(scope, run),
    };
    run.place = place;
    return helper(call);
  };
}

const noArguments: readonly unknown[] = [];

export function compilePath(path: AstPath, context: CompileContext): Evaluate {
  const { parts, depth, data, original } = path;
  const [head, ...tail] = parts;
  const names = (tail as string[]).map(step => (typeof step === 'string' ? unmarkIndex(step) : step));
  if (tail.some(part => typeof part !== 'string'))
    throw new TemplateMistake(`'${original}' is not a name`, placeOf(path));
  if (head !== undefined && typeof head !== 'string') {
    const start = compileCall(head, context);
    return (scope, run) => follow(start(scope, run), names);
  }
  if (data) return compileData(head ?? '', names, depth);
  if (head === undefined) return scope => outward(scope, depth)?.context;
  const all = [head, ...names];
  if (depth > 0 || isLocal(original)) return scope => follow(outward(scope, depth)?.context, all);
  return (scope, run) => find(scope, run, all);
}

/** The context that many levels out. */
function outward(scope: TemplateScope, depth: number): TemplateScope | undefined {
  let found: TemplateScope | undefined = scope;
  for (let i = 0; i < depth; i++) found = found?.parent;
  return found;
}

/** The first context, from the inside out, in which the whole path leads somewhere; then what was assigned. */
function find(scope: TemplateScope, run: TemplateRun, names: readonly string[]): unknown {
  const head = names[0]!;
  for (let place: TemplateScope | undefined = scope; place !== undefined; place = place.parent) {
    if (place.names !== undefined && head in place.names) return follow(place.names[head], names, 1);
    const found = follow(place.context, names);
    if (found !== undefined && found !== null) return found;
  }
  return follow(run.assigned[head], names, 1);
}

function compileData(name: string, tail: readonly string[], depth: number): Evaluate {
  if (name === 'root') return (_, run) => follow(run.root, tail);
  return scope => {
    let left = depth;
    for (let place: TemplateScope | undefined = scope; place !== undefined; place = place.parent) {
      if (place.frame === undefined || !(name in place.frame)) continue;
      if (left-- === 0) return follow(place.frame[name], tail);
    }
    return undefined;
  };
}

function follow(start: unknown, names: readonly string[], from = 0): unknown {
  let value = start;
  for (let i = from; i < names.length && value !== undefined; i++) value = memberOf(value, names[i]!);
  return value;
}
