import type Ajv from 'ajv';
import { type AnySchemaObject, type Format, type Options, type ValidateFunction } from 'ajv';
import { isObject } from './is-object';
import { compileRegex } from './linear-regex';
import { lazyLibraries } from './lazy-libraries';

export const schemaVersions = ['V4', 'V6', 'V7', 'V201909', 'V202012'] as const;
export type SchemaVersion = (typeof schemaVersions)[number];

export type JsonSchemaReading =
  { readonly ok: true; isValid(value: unknown): boolean } | { readonly ok: false; readonly message: string };

const maxSchemaLength = 65_536;
const maxSchemaDepth = 100;
const maxEnumValues = 1_000;
/** Schemas tried on one value; schemas that refer to one another can multiply without end. */
const maxSteps = 200_000;
const maxFormatLength = 4_096;
const stepKeyword = 'x-step';

/**
 * Compiles a JSON Schema of at most 64 KiB, 100 levels and 1,000 values in an enum. `$schema` wins over `version`. Formats are checked
 * in drafts 4 to 7 and are notes from 2019-09 on, as WireMock does. References lead to the schema itself only.
 */
export function compileJsonSchema(schema: unknown, version: SchemaVersion): JsonSchemaReading {
  const problem = problemOf(schema);
  if (problem !== undefined) return { ok: false, message: problem };
  if (typeof schema === 'boolean') return { ok: true, isValid: () => schema };
  const draft = draftOf(schema as AnySchemaObject, version);
  if (draft === undefined)
    return { ok: false, message: 'names a $schema that is not one of draft 4, 6, 7, 2019-09 and 2020-12' };
  const ajv = validators.get(draft) ?? makeAjv(draft);
  validators.set(draft, ajv);
  const counted = withSteps(schema) as AnySchemaObject;
  try {
    const validate = ajv.compile(counted);
    return { ok: true, isValid: value => runs(validate, value) };
  } catch (error) {
    return {
      ok: false,
      message: `is not a schema that can be used: ${error instanceof Error ? error.message : 'too deep'}`,
    };
  } finally {
    // Other schemas may have the same id.
    ajv.removeSchema(counted);
  }
}

/** One for each draft, made when it is first needed: each compiles its own schema of schemas. */
const validators = new Map<SchemaVersion, Ajv>();
/** What the validation that is running may still do. */
const work = { left: 0 };

class StepsSpent extends Error {}

function runs(validate: ValidateFunction, value: unknown): boolean {
  work.left = maxSteps;
  try {
    return validate(value);
  } catch (error) {
    // A schema may refer to itself without an end.
    if (error instanceof StepsSpent || error instanceof RangeError) return false;
    throw error;
  }
}

function problemOf(schema: unknown): string | undefined {
  if (typeof schema === 'boolean') return undefined;
  if (!isObject(schema)) return 'takes a JSON Schema: an object, true or false';
  let values = 0;
  let level: unknown[] = [schema];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxSchemaDepth) return `is nested deeper than ${maxSchemaDepth} levels`;
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      if (++values > maxSchemaLength) break;
      if (isObject(one) && Array.isArray(one['enum']) && one['enum'].length > maxEnumValues)
        return `has an enum of more than ${maxEnumValues} values`;
      next.push(...(Object.values(one) as unknown[]));
    }
    level = next;
  }
  return JSON.stringify(schema).length > maxSchemaLength ? `is longer than ${maxSchemaLength} characters` : undefined;
}

const drafts: readonly (readonly [RegExp, SchemaVersion])[] = [
  [/draft-04/, 'V4'],
  [/draft-06/, 'V6'],
  [/draft-07/, 'V7'],
  [/2019-09/, 'V201909'],
  [/2020-12/, 'V202012'],
];

function draftOf(schema: AnySchemaObject, version: SchemaVersion): SchemaVersion | undefined {
  const named: unknown = schema.$schema;
  if (named === undefined) return version;
  if (typeof named !== 'string' || !named.includes('json-schema.org/')) return undefined;
  return drafts.find(([name]) => name.test(named))?.[1];
}

function makeAjv(draft: SchemaVersion): Ajv {
  const areFormatsChecked = draft === 'V4' || draft === 'V6' || draft === 'V7';
  const options: Options = {
    strict: false,
    allErrors: false,
    $data: false,
    logger: false,
    multipleOfPrecision: 9,
    unicodeRegExp: true,
    validateFormats: areFormatsChecked,
    inlineRefs: false,
    code: { regExp: linearRegExp, optimize: false },
  };
  const ajv = new (classOf(draft))(options);
  if (draft === 'V6') ajv.addMetaSchema(lazyLibraries.draft06());
  if (areFormatsChecked) addFormats(ajv);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: areUnique });
  ajv.addKeyword({
    keyword: stepKeyword,
    validate: () => {
      if (--work.left < 0) throw new StepsSpent();
      return true;
    },
  });
  return ajv;
}

function classOf(draft: SchemaVersion): new (options: Options) => Ajv {
  switch (draft) {
    case 'V4':
      return lazyLibraries.ajvDraft04();
    case 'V6':
    case 'V7':
      return lazyLibraries.ajv();
    case 'V201909':
      return lazyLibraries.ajv2019();
    case 'V202012':
      return lazyLibraries.ajv2020();
    default:
      return draft satisfies never;
  }
}

const linearRegExp = Object.assign(
  (pattern: string): { test(text: string): boolean; toString(): string } => {
    const compiled = compileRegex(pattern);
    if (!compiled.ok) throw new Error(`pattern ${pattern} ${compiled.message}`);
    // The library tells expressions apart by their text.
    return { test: text => compiled.regex.find(text) !== undefined, toString: () => pattern };
  },
  { code: 'linearRegExp' },
);

function addFormats(ajv: Ajv): void {
  lazyLibraries.ajvFormats()(ajv);
  for (const [name, format] of Object.entries(ajv.formats))
    if (format !== undefined) ajv.addFormat(name, bounded(format));
  // The library would compile what a request sends.
  ajv.addFormat('regex', text => compileRegex(text).ok);
}

/** Some formats are long expressions of the engine that backtracks. */
function bounded(format: Format): Format {
  if (format instanceof RegExp) return text => text.length <= maxFormatLength && format.test(text);
  if (typeof format === 'function') return text => text.length <= maxFormatLength && format(text);
  return format;
}

/** Unlike the library's in time linear in the list. */
function areUnique(isWanted: unknown, items: readonly unknown[]): boolean {
  if (isWanted !== true) return true;
  const seen = new Set<string>();
  for (const item of items) {
    const key = canonical(item);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

const schemaMaps = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
]);
const plainValues = new Set(['dependentRequired', '$vocabulary', 'enum', 'const', 'default', 'examples', 'example']);

/** A copy in which every schema counts a step when it is tried. */
function withSteps(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withSteps);
  if (!isObject(schema)) return schema;
  const copy: Record<string, unknown> = { [stepKeyword]: true };
  for (const [key, value] of Object.entries(schema)) {
    if (plainValues.has(key) || key === '__proto__') copy[key] = value;
    else if (schemaMaps.has(key) && isObject(value))
      copy[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withSteps(inner)]));
    else copy[key] = isObject(value) || Array.isArray(value) ? withSteps(value) : value;
  }
  return copy;
}
