/**
 * What templates work on, and how it becomes text. Values are JSON values and the few classes below; members are own properties only,
 * so nothing a template names can reach a prototype or a function.
 */
import { JavaDouble, numberText } from './template-number';

/** A value with members and a text of its own: the request, a list of header values, a date. JSON cannot hold the symbol: none is forged. */
export const special = Symbol('template value');

export interface SpecialValue {
  member(name: string): unknown;
  /** What `each` and `size` see; undefined: it is no collection. */
  readonly items?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
  text(): string;
}

export interface WithSpecial {
  readonly [special]: SpecialValue;
}

export function specialOf(value: unknown): SpecialValue | undefined {
  return typeof value === 'object' && value !== null && special in value ? (value as WithSpecial)[special] : undefined;
}

/** The values of a header, query parameter or cookie: reads as its first value, and as a list. */
export class ValueList implements WithSpecial, SpecialValue {
  constructor(readonly values: readonly (string | undefined)[]) {}

  get [special](): SpecialValue {
    return this;
  }

  get items(): readonly (string | undefined)[] {
    return this.values;
  }

  member(name: string): unknown {
    return listMember(this.values, name);
  }

  text(): string {
    return this.values[0] ?? '';
  }
}

/** What a JSONPath found: like the object or list itself, but its text is JSON. */
export class JsonResult implements WithSpecial {
  constructor(
    readonly value: object,
    private readonly print: (value: unknown) => string,
  ) {}

  get [special](): SpecialValue {
    const { value } = this;
    return {
      member: name => memberOf(value, name),
      items: Array.isArray(value) ? value : (value as Record<string, unknown>),
      text: () => this.print(value),
    };
  }
}

/** Own members only; `size` and `length` of lists, as Java's beans have them. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value === 'string') return name === 'length' ? value.length : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (special in value) return (value as WithSpecial)[special].member(name);
  if (Array.isArray(value)) return listMember(value, name);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

export function listMember(list: readonly unknown[], name: string): unknown {
  switch (name) {
    case 'size':
    case 'length':
      return list.length;
    case 'first':
      return list[0];
    case 'last':
      return list.at(-1);
    case 'isEmpty':
    case 'empty':
      return list.length === 0;
    default:
      return /^-?\d{1,9}$/.test(name) ? list[Number(name) < 0 ? list.length + Number(name) : Number(name)] : undefined;
  }
}

/** The list that a value is, if it is one. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  const items = specialOf(value)?.items;
  return Array.isArray(items) ? (items as readonly unknown[]) : undefined;
}

/** The members of a value that is an object. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof JavaDouble)
    return undefined;
  if (!(special in value)) return value as Record<string, unknown>;
  const { items } = (value as WithSpecial)[special];
  return items === undefined || Array.isArray(items) ? undefined : (items as Record<string, unknown>);
}

/** What `if` goes by: nothing, false, 0, empty text and empty lists are not; empty objects are. */
export function isTruthy(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (typeof value === 'number') return value !== 0;
  if (value instanceof JavaDouble) return value.value !== 0;
  const list = listOf(value);
  return list === undefined || list.length > 0;
}

/** Its text, as Java prints it: `[1, two]`, `{a=1}`. Nothing is empty text. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? '' : textOfObject(value);
    default:
      return '';
  }
}

function textOfObject(value: object): string {
  if (value instanceof JavaDouble) return value.text;
  if (special in value) return (value as WithSpecial)[special].text();
  const inner = (one: unknown): string => (one === null || one === undefined ? 'null' : textOf(one));
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}=${inner(one)}`)
    .join(', ')}}`;
}
