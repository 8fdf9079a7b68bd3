import { comparisons, matchesRegex, missing, type Spend } from './json-path-compare';
import { noValue, pathFunctions } from './json-path-function';
import { type Condition, type Operand, type PathToken, type PathTree } from './json-path-parser';
import { isObject } from './is-object';

/** Nodes visited and values compared in one evaluation; a path that needs more finds nothing. */
export const maxSteps = 100_000;
const maxScanDepth = 1_000;

export class BudgetSpent extends Error {}

/** One evaluation: where `$` points, and what is left of the budget. */
export class Run {
  private left = maxSteps;

  constructor(readonly root: unknown) {}

  readonly spend: Spend = steps => {
    if ((this.left -= steps) < 0) throw new BudgetSpent();
  };
}

/** Gives what a path finds from a node: a value, a list when the path is indefinite, or {@link missing}. */
export type Finder = (node: unknown, run: Run) => unknown;

type Emit = (value: unknown) => void;
/** Walks on from a node; false when a part that had to be there was missing. */
type Step = (node: unknown, run: Run, emit: Emit) => boolean;
type Test = (node: unknown, run: Run) => boolean;
type Last = Extract<PathToken, { kind: 'function' }>;

/** Member names and indexes when the tokens are nothing but those. */
export function plainSegments(tokens: readonly PathToken[]): (string | number)[] | undefined {
  const segments: (string | number)[] = [];
  for (const token of tokens) {
    if (token.kind === 'names' && token.names.length === 1) segments.push(token.names[0]!);
    else if (token.kind === 'indexes' && token.indexes.length === 1) segments.push(token.indexes[0]!);
    else return undefined;
  }
  return segments;
}

export function isDefinite({ tokens }: PathTree): boolean {
  const walk = walkOf(tokens);
  // Jayway turns `$..a.sum()` into the function over all that the scan finds.
  if (walk.length < tokens.length && walk[0]?.kind === 'scan') return true;
  return walk.every((token, i) => isDefiniteToken(token, i === tokens.length - 1));
}

function isDefiniteToken(token: PathToken, isLast: boolean): boolean {
  if (token.kind === 'names') return token.names.length === 1 || isLast;
  return token.kind === 'indexes' && token.indexes.length === 1;
}

function walkOf(tokens: readonly PathToken[]): readonly PathToken[] {
  return tokens.at(-1)?.kind === 'function' ? tokens.slice(0, -1) : tokens;
}

export function compileFinder(tree: PathTree): Finder {
  const fromBase = compileTokens(tree);
  return tree.base === '$' ? (_, run) => fromBase(run.root, run) : fromBase;
}

function compileTokens(tree: PathTree): Finder {
  const segments = plainSegments(tree.tokens);
  if (segments !== undefined) {
    return (node, run) => {
      run.spend(1);
      return follow(node, segments);
    };
  }
  const walk = walkOf(tree.tokens);
  const last = tree.tokens.at(-1);
  if (last?.kind !== 'function') return collect(tree.tokens, isDefinite(tree));
  const apply = compileFunction(last);
  if (walk[0]?.kind === 'scan') {
    const all = collect(tree.tokens, false);
    return (node, run) => apply(all(node, run), run);
  }
  const isWalkDefinite = isDefinite(tree);
  const found = collect(tree.tokens, isWalkDefinite);
  return (node, run) => {
    const value = found(node, run);
    if (value === missing) return missing;
    if (isWalkDefinite) return apply(value, run);
    const results = (value as unknown[]).map(each => apply(each, run));
    return results.includes(missing) ? missing : results;
  };
}

/** The whole work of a plain `$.a.b[0]`. */
export function follow(node: unknown, segments: readonly (string | number)[]): unknown {
  let value = node;
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null) return missing;
    if (typeof segment === 'number') {
      if (!Array.isArray(value)) return missing;
      const index = segment < 0 ? value.length + segment : segment;
      if (index < 0 || index >= value.length) return missing;
      value = value[index] as unknown;
    } else {
      if (Array.isArray(value) || !Object.hasOwn(value, segment)) return missing;
      value = (value as Record<string, unknown>)[segment];
    }
  }
  return value;
}

function collect(tokens: readonly PathToken[], isSingle: boolean): Finder {
  const step = compileStep(tokens, 0, true);
  return (node, run) => {
    const values: unknown[] = [];
    const isThere = step(node, run, value => values.push(value));
    if (isSingle) return values.length === 0 ? missing : values[0];
    return isThere ? values : missing;
  };
}

function compileFunction({ name, operands }: Last): Finder {
  const apply = pathFunctions[name];
  const finders = operands.map(compileOperand);
  return (model, run) => {
    if (model === missing) return missing;
    const values = finders.map(find => find(model, run));
    for (const value of [model, ...values]) run.spend(sizeOf(value));
    const result = values.includes(missing) ? noValue : apply(model, values);
    return result === noValue ? missing : result;
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 1 + (value.length >> 6);
  if (Array.isArray(value))
    return value.reduce<number>((sum, each) => sum + (typeof each === 'string' ? 1 + (each.length >> 6) : 1), 1);
  return 1;
}

function compileOperand(operand: Operand): Finder {
  if (operand.kind === 'path') return compileFinder(operand.path);
  if (operand.kind === 'literal') return () => operand.value;
  return () => missing;
}

/** `isCertain`: only single members and elements so far, so a missing one is an error in Jayway's sense and not an empty list. */
function compileStep(tokens: readonly PathToken[], at: number, isCertain: boolean): Step {
  const token = tokens[at];
  if (token === undefined || token.kind === 'function') {
    return (node, _, emit) => {
      emit(node);
      return true;
    };
  }
  const isLast = at === tokens.length - 1;
  if (token.kind === 'scan')
    return scan(tokens[at + 1]!, compileStep(tokens, at + 1, false), at + 1 === tokens.length - 1);
  if (token.kind === 'names' && token.names.length > 1 && isLast) return pick(token.names, !isCertain);
  const next = compileStep(tokens, at + 1, isCertain && isDefiniteToken(token, false));
  switch (token.kind) {
    case 'names':
      return members(token.names, next, !isCertain);
    case 'indexes':
      return elements(list => token.indexes.map(index => (index < 0 ? list.length + index : index)), next, !isCertain);
    case 'slice':
      return elements(list => slice(list.length, token), next, !isCertain);
    case 'wildcard':
      return (node, run, emit) => {
        for (const value of childrenOf(node)) {
          run.spend(1);
          next(value, run, emit);
        }
        return true;
      };
    case 'filter':
      return filter(compileCondition(token.condition), next, !isCertain);
    default:
      return token satisfies never;
  }
}

function members(names: readonly string[], next: Step, isLenient: boolean): Step {
  const isList = names.length > 1;
  return (node, run, emit) => {
    run.spend(1);
    if (!isObject(node)) return isLenient;
    let isThere = true;
    for (const name of names) {
      if (!Object.hasOwn(node, name)) isThere = isLenient || isList;
      else isThere = next(node[name], run, emit) && isThere;
    }
    return isThere;
  };
}

/** `['a','b']` at the end gives one object with those of them that are there. */
function pick(names: readonly string[], isLenient: boolean): Step {
  return (node, run, emit) => {
    run.spend(names.length);
    if (!isObject(node)) return isLenient;
    emit(Object.fromEntries(names.filter(name => Object.hasOwn(node, name)).map(name => [name, node[name]])));
    return true;
  };
}

function elements(indexesOf: (list: readonly unknown[]) => readonly number[], next: Step, isLenient: boolean): Step {
  return (node, run, emit) => {
    run.spend(1);
    if (!Array.isArray(node)) return isLenient;
    for (const index of indexesOf(node)) {
      run.spend(1);
      if (index >= 0 && index < node.length) next(node[index], run, emit);
    }
    return true;
  };
}

function slice(length: number, { from, to, step }: Extract<PathToken, { kind: 'slice' }>): number[] {
  const place = (index: number): number => Math.min(length, index < 0 ? Math.max(0, length + index) : index);
  const indexes: number[] = [];
  const end = place(to ?? length);
  for (let i = place(from ?? 0); i < end; i += step) indexes.push(i);
  return indexes;
}

/** Jayway: a filter on an object tests the object itself, on a list each element. */
function filter(test: Test, next: Step, isLenient: boolean): Step {
  return (node, run, emit) => {
    run.spend(1);
    if (isObject(node)) {
      if (test(node, run)) next(node, run, emit);
      return true;
    }
    if (!Array.isArray(node)) return isLenient;
    for (const element of node) {
      run.spend(1);
      if (test(element, run)) next(element, run, emit);
    }
    return true;
  };
}

/** `..`: the next part is tried at every object and list below, outermost first. */
function scan(target: PathToken, step: Step, isLast: boolean): Step {
  const fits = scanTest(target, isLast);
  const walk = (node: unknown, run: Run, walked: { readonly emit: Emit; depth: number }): void => {
    if (typeof node !== 'object' || node === null) return;
    if (++walked.depth > maxScanDepth) throw new BudgetSpent();
    if (fits(node, run)) step(node, run, walked.emit);
    for (const child of childrenOf(node)) {
      run.spend(1);
      walk(child, run, walked);
    }
    walked.depth--;
  };
  return (node, run, emit) => {
    walk(node, run, { emit, depth: 0 });
    return true;
  };
}

function scanTest(target: PathToken, isLast: boolean): Test {
  if (target.kind === 'names') {
    if (target.names.length > 1 && !isLast) return isObject;
    return node => isObject(node) && target.names.every(name => Object.hasOwn(node, name));
  }
  if (target.kind === 'filter') return compileCondition(target.condition);
  return () => true;
}

function compileCondition(condition: Condition): Test {
  switch (condition.kind) {
    case 'or': {
      const parts = condition.parts.map(compileCondition);
      return (node, run) => parts.some(part => part(node, run));
    }
    case 'and': {
      const parts = condition.parts.map(compileCondition);
      return (node, run) => parts.every(part => part(node, run));
    }
    case 'not': {
      const part = compileCondition(condition.part);
      return (node, run) => !part(node, run);
    }
    case 'exists': {
      const find = compileFinder(condition.path);
      return (node, run) => find(node, run) !== missing;
    }
    case 'compare':
      return compileComparison(condition);
    default:
      return condition satisfies never;
  }
}

function compileComparison({ operator, left, right }: Extract<Condition, { kind: 'compare' }>): Test {
  const findLeft = compileOperand(left);
  const findRight = compileOperand(right);
  if (operator !== '=~') {
    const compare = comparisons[operator];
    return (node, run) => compare(findLeft(node, run), findRight(node, run), run.spend);
  }
  if (left.kind === 'regex')
    return right.kind === 'regex'
      ? () => false
      : (node, run) => matchesRegex(left.regex, findRight(node, run), run.spend);
  return right.kind === 'regex'
    ? (node, run) => matchesRegex(right.regex, findLeft(node, run), run.spend)
    : () => false;
}

function childrenOf(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node;
  return isObject(node) ? Object.values(node) : [];
}
