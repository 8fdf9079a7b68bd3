import { type FunctionName } from './json-path-parser';

/** What a function gives for what it cannot be applied to; Jayway throws there. */
export const noValue: unique symbol = Symbol('no value');

export type PathFunction = (model: unknown, operands: readonly unknown[]) => unknown;

/** The functions that may end a path. `operands` are what stood in the parentheses. */
export const pathFunctions: Readonly<Record<FunctionName, PathFunction>> = {
  length: lengthOf,
  size: lengthOf,
  keys: model => (isPlainObject(model) ? Object.keys(model) : null),
  sum: overNumbers(numbers => numbers.reduce((sum, each) => sum + each, 0)),
  min: overNumbers(numbers => numbers.reduce((least, each) => Math.min(least, each))),
  max: overNumbers(numbers => numbers.reduce((most, each) => Math.max(most, each))),
  avg: overNumbers(mean),
  stddev: overNumbers(deviation),
  concat: (model, operands) =>
    [...listOf(model).filter(each => typeof each === 'string'), ...operands.flatMap(flat)].map(asText).join(''),
  append: (model, operands) => (Array.isArray(model) ? [...(model as unknown[]), ...operands] : model),
  first: model => elementAt(model, 0),
  last: model => elementAt(model, -1),
  index: (model, [position]) => (typeof position === 'number' ? elementAt(model, position) : noValue),
};

function lengthOf(model: unknown, operands: readonly unknown[]): unknown {
  const measured = operands.length > 0 ? operands[0] : model;
  if (Array.isArray(measured)) return measured.length;
  return isPlainObject(measured) ? Object.keys(measured).length : null;
}

function overNumbers(fold: (numbers: readonly number[]) => number): PathFunction {
  return (model, operands) => {
    const numbers = [...listOf(model), ...operands.flatMap(flat)].filter(each => typeof each === 'number');
    return numbers.length === 0 ? noValue : fold(numbers);
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function deviation(numbers: readonly number[]): number {
  const middle = mean(numbers);
  return Math.sqrt(mean(numbers.map(each => (each - middle) ** 2)));
}

/** Functions look into a list that they are applied to; a lone value there gives nothing, unlike one in the parentheses. */
function listOf(model: unknown): readonly unknown[] {
  return Array.isArray(model) ? model : [];
}

function flat(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined || typeof value === 'symbol' ? '' : JSON.stringify(value);
}

function elementAt(model: unknown, position: number): unknown {
  if (!Array.isArray(model)) return noValue;
  const index = position < 0 ? model.length + position : position;
  return index >= 0 && index < model.length ? (model[index] as unknown) : noValue;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
