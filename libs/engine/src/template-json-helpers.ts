import { compileJsonPath, type JsonPath } from './json-path';
import { isObject } from './is-object';
import { readJson } from './json-value';
import { argumentText, hashFlag, hashText } from './template-arguments';
import { compactJson, prettyJson } from './template-json-text';
import { readExactJson } from './template-json-reader';
import { memo } from './template-memo';
import { changeAt, mergeJson, removeAt, sortJson } from './template-json-change';
import { inlineError, TemplateError, type Helper, type HelperCall, type TemplateRun } from './template-run';
import { JsonResult, listOf, membersOf } from './template-value';
import { JavaDouble, numberOf } from './template-number';

/** WireMock's helpers on JSON. */
export const jsonHelpers: Readonly<Record<string, Helper>> = {
  jsonPath: findByPath,
  parseJson: call => {
    const { args, block, run } = call;
    const hasBody = block !== undefined;
    if (!hasBody && args.length === 0) return inlineError('Missing required JSON string parameter');
    const text = hasBody ? block.render() : (argumentText(call, 0) ?? '');
    const value = text.trim() === '' ? {} : readDocument(text, run);
    if (typeof value !== 'object' || value === null) throw new TemplateError('parseJson needs a JSON object or list');
    const name = argumentText(call, hasBody ? 0 : 1);
    if (name === undefined) return value;
    run.assigned[name] = value;
    return '';
  },
  toJson: ({ subject, run }) => {
    if (subject === undefined || subject === null) return '';
    const text = prettyJson(plainOf(subject), { dropsNulls: true });
    run.heavyWork(text.length);
    return text;
  },
  formatJson: call => {
    const { block, subject, args, hash, run } = call;
    const text = block !== undefined ? block.render() : subject;
    if (typeof text !== 'string' || (block === undefined && args.length !== 1))
      return inlineError('formatJson should take a block of JSON to format or a single parameter of type String');
    const format = hash['format'] ?? 'pretty';
    if (format !== 'pretty' && format !== 'compact')
      return inlineError(`formatJson: format [${run.text(format)}] should be one of [pretty, compact]`);
    run.heavyWork(text.length);
    const value = readDocument(text, run);
    return format === 'compact' ? compactJson(value) : prettyJson(value, { dropsNulls: false });
  },
  jsonMerge: call => {
    const base = call.args[0];
    if (typeof base !== 'string') return inlineError('Base JSON parameter must be a string');
    const other = call.block === undefined ? call.args[1] : call.block.render();
    if (typeof other !== 'string') return inlineError('JSON to merge must be a string');
    call.run.heavyWork(base.length + other.length);
    const left = read(base, call.run);
    if (left === notJson) return inlineError(`Base JSON is not valid JSON ('${base}')`);
    if (!isObject(left)) return inlineError(`Base JSON is not a JSON object ('${base}')`);
    const right = read(other, call.run);
    if (right === notJson) return inlineError(`JSON to merge is not valid JSON ('${other}')`);
    if (!isObject(right)) return inlineError(`JSON to merge is not a JSON object ('${other}')`);
    return compactJson(mergeJson(left, right, { removesNulls: hashFlag(call, 'removeNulls') }));
  },
  jsonRemove: call => {
    const { args, block, run } = call;
    const input = block === undefined ? args[0] : block.render();
    const expression = args[block === undefined ? 1 : 0];
    if (typeof input !== 'string') return inlineError('Input JSON must be a string');
    if (typeof expression !== 'string' || args.length > 2 || (block !== undefined && args.length !== 1))
      return inlineError('A single JSONPath expression parameter must be supplied');
    run.heavyWork(input.length);
    const document = read(input, run);
    if (document === notJson) return inlineError(`Input JSON string is not valid JSON ('${input}')`);
    if (expression.trim() === '$')
      return inlineError(`Delete operation cannot be applied to JSONPath expression ('${expression}')`);
    const path = pathOf(expression, run);
    if (path === undefined) return inlineError(`${expression} is not a valid JSONPath expression`);
    return compactJson(removeAt(document, path));
  },
  jsonArrayAdd: addToArray,
  jsonSort: call => {
    const [input, expression] = call.args;
    if (typeof input !== 'string' || typeof expression !== 'string')
      return inlineError('jsonSort needs a JSON list and a JSONPath expression');
    call.run.heavyWork(input.length);
    const document = read(input, call.run);
    if (document === notJson) return inlineError(`Input JSON string is not valid JSON ('${input}')`);
    const order = (hashText(call, 'order') ?? 'asc').toLowerCase();
    if (order !== 'asc' && order !== 'desc') return inlineError("order must be 'asc' or 'desc'");
    const sorted = sortJson(document, expression, { isDescending: order === 'desc' });
    return sorted.ok ? compactJson(sorted.value) : inlineError(sorted.reason);
  },
};

const notJson = Symbol('not JSON');

function read(text: string, run: TemplateRun): unknown {
  const { value } = run.keep('json', text, () => {
    run.work(text.length);
    const reading = readExactJson(text);
    return { value: reading.isJson ? reading.value : notJson };
  });
  return value;
}

function readPlain(text: string, run: TemplateRun): unknown {
  const { value } = run.keep('plain json', text, () => {
    run.work(text.length);
    const reading = readJson(text);
    return { value: reading.isJson ? reading.value : notJson };
  });
  return value;
}

function readDocument(text: string, run: TemplateRun): unknown {
  const value = read(text, run);
  if (value === notJson) throw new TemplateError(`is given something that is not JSON: '${text.slice(0, 40)}'`);
  return value;
}

const paths = memo(expression => compileJsonPath(expression));

function pathOf(expression: string, run: TemplateRun): JsonPath | undefined {
  run.step(paths.has(expression) ? 1 : 20);
  const reading = paths.get(expression);
  return reading.ok ? reading.path : undefined;
}

function findByPath(call: HelperCall): unknown {
  const { subject, hash, run } = call;
  if (subject === undefined || subject === null) return hash['default'] ?? '';
  const expression = argumentText(call, 1);
  if (expression === undefined) return inlineError('The JSONPath cannot be empty');
  const path = pathOf(expression, run);
  if (path === undefined) return inlineError(`${expression} is not a valid JSONPath expression`);
  const isText = listOf(subject) === undefined && membersOf(subject) === undefined;
  const text = isText ? run.text(subject) : '';
  // Filters compare numbers as JavaScript has them.
  const document = !isText ? plainOf(subject) : path.equality === undefined ? readPlain(text, run) : read(text, run);
  // WireMock takes a bare word for a JSON text, which has no members.
  if (document === notJson)
    return /^\s*[[{]/.test(text) ? inlineError(`${text} is not valid JSON`) : (hash['default'] ?? '');
  run.step(path.equality === undefined ? 10 + (sizeOf(document) >>> 2) : 5);
  const withNulls = leavesOf(document, path, run);
  if (withNulls !== undefined) return present(withNulls, undefined);
  const result = path.evaluate(document);
  if (!result.found) return hash['default'] ?? '';
  if (path.isDefinite) return present(asFunctionOf(expression, result.values[0]), hash['default']);
  // Nothing to look through is not an empty list: `$.none[-1:]`.
  return result.values.length === 0 && !leadsSomewhere(document, expression, run)
    ? (hash['default'] ?? '')
    : present(result.values, undefined);
}

const sizes = new WeakMap<object, number>();
const maxCounted = 400_000;

/** How many values a document holds: what a path with choices may have to look at. Counted once. */
function sizeOf(document: unknown): number {
  if (typeof document !== 'object' || document === null) return 1;
  const known = sizes.get(document);
  if (known !== undefined) return known;
  const open: unknown[] = [document];
  let count = 0;
  for (; open.length > 0 && count < maxCounted; count++) {
    const one = open.pop();
    if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) open.push(inner);
  }
  sizes.set(document, count);
  return count;
}

/** Whether the part of a path before its first choice finds anything. */
function leadsSomewhere(document: unknown, expression: string, run: TemplateRun): boolean {
  const start = /^\$(?:\.[A-Za-z_][\w-]*(?![\w(-])|\['[^']*'\]|\[\d+\])*/.exec(expression)?.[0];
  const result = start === undefined ? undefined : pathOf(start, run)?.evaluate(document);
  return result?.found !== false;
}

/** Jayway's sums are doubles, and its keys a set. */
function asFunctionOf(expression: string, value: unknown): unknown {
  const name = /\.(sum|avg|min|max|stddev|keys)\(\)$/.exec(expression)?.[1];
  if (name === 'keys') return Array.isArray(value) ? `[${value.join(', ')}]` : value;
  return name !== undefined && typeof value === 'number' ? new JavaDouble(value) : value;
}

/** WireMock has Jayway say null for each object that lacks the member a path of many ends with: `$..name`, `$.list[*].name`. */
function leavesOf(document: unknown, path: JsonPath, run: TemplateRun): unknown[] | undefined {
  if (path.isDefinite) return undefined;
  const step = /^(.+?)(\.\.|\.)([A-Za-z_][\w-]*)$/.exec(path.text);
  if (step === null) return undefined;
  const [, before = '$', kind, name = ''] = step;
  const parents = pathOf(before, run);
  if (parents === undefined || (kind === '.' && parents.isDefinite)) return undefined;
  const found = parents.evaluate(document);
  const leaves: unknown[] = [];
  const visit = (node: unknown): void => {
    run.step();
    if (isObject(node) && numberOf(node) === undefined) leaves.push(Object.hasOwn(node, name) ? node[name] : null);
    if (kind === '..' && typeof node === 'object' && node !== null) Object.values(node).forEach(visit);
  };
  if (found.found) found.values.forEach(visit);
  return leaves;
}

function present(value: unknown, fallback: unknown): unknown {
  if (value === undefined || value === null) return fallback ?? '';
  if (Array.isArray(value)) return new JsonResult(value, compactJson);
  if (isObject(value) && numberOf(value) === undefined)
    return new JsonResult(value, one => prettyJson(one, { dropsNulls: true }));
  return value;
}

/** Lists and objects behind other values, for paths and printing. */
function plainOf(value: unknown): unknown {
  if (value instanceof JsonResult) return value.value;
  return value;
}

function addToArray(call: HelperCall): unknown {
  const { args, block, run, hash } = call;
  const [base] = args;
  if (typeof base !== 'string') return inlineError('Base JSON parameter must be a string');
  const item = block === undefined ? args[1] : block.render();
  if (typeof item !== 'string') return inlineError('Item-to-add JSON must be a string');
  const maxItems = numberOf(hash['maxItems']);
  if (maxItems !== undefined && maxItems < 0) return inlineError('maxItems option integer must be positive');
  run.heavyWork(base.length + item.length);
  const document = read(base, run);
  if (document === notJson) return inlineError(`Base JSON is not valid JSON ('${base}')`);
  const added = read(item, run);
  if (added === notJson) return inlineError(`Item-to-add JSON is not valid JSON ('${item}')`);
  const expression = hashText(call, 'jsonPath');
  const add = (list: readonly unknown[]): unknown[] => {
    const all =
      hashFlag(call, 'flatten') && Array.isArray(added) ? [...list, ...(added as unknown[])] : [...list, added];
    return maxItems === undefined ? all : all.slice(Math.max(0, all.length - maxItems));
  };
  if (expression === undefined)
    return Array.isArray(document)
      ? compactJson(add(document))
      : inlineError(`Target JSON is not a JSON array ('${base}')`);
  const path = pathOf(expression, run);
  if (path === undefined) return inlineError(`${expression} is not a valid JSONPath expression`);
  const changed = changeAt(document, path, value => (Array.isArray(value) ? add(value) : undefined));
  return changed === undefined
    ? inlineError(`Target JSON is not a JSON array (root: '${base}', jsonPath: '${expression}')`)
    : compactJson(changed);
}
