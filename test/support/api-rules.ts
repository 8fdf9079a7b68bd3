type Json = Readonly<Record<string, unknown>>;

export interface ApiDescription {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Json>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: unknown;
}

type Content = Readonly<Record<string, { readonly schema?: unknown }>>;

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
const bodyMethods = new Set(['post', 'put', 'patch']);
const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object']);
/** What JSON Schema knows and OpenAPI 3.0's own dialect does not (3.0.3, "Schema Object"). */
const schemaWordsOf31 = [
  'propertyNames',
  'const',
  'patternProperties',
  'prefixItems',
  'contains',
  'if',
  '$defs',
  '$id',
  '$schema',
  'contentEncoding',
  'unevaluatedProperties',
  'dependentRequired',
  'examples',
];

/** What is wrong with an OpenAPI 3 document, by the specification and by the house's rule that every route is described. */
export function findDocumentMistakes(document: ApiDescription): string[] {
  const mistakes: string[] = [];
  if (!/^3\.[01]\.\d+$/.test(document.openapi)) mistakes.push(`openapi is ${document.openapi}, not 3.x`);
  for (const field of ['title', 'version'] as const)
    if (!document.info[field]) mistakes.push(`info.${field} is missing`);
  const described = new Set((document.tags ?? []).filter(tag => tag.description).map(tag => tag.name));
  const takenIds = new Set<string>();
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith('/')) mistakes.push(`path ${path} does not begin with a slash`);
    for (const [method, value] of Object.entries(item)) {
      if (!methods.has(method)) continue;
      const operation = value as Operation;
      const say = (what: string): void => void mistakes.push(`${method.toUpperCase()} ${path}: ${what}`);
      checkIdentity(operation, { described, takenIds, say });
      checkParameters(path, operation, say);
      checkBody(method, operation, say);
      checkAnswers(operation, say);
    }
  }
  checkRefs(document, mistakes);
  for (const { at, schema } of schemasIn(document))
    checkSchema(at, schema, { mistakes, is30: document.openapi.startsWith('3.0') });
  return mistakes;
}

type Say = (what: string) => void;

function checkIdentity(
  { operationId, summary, tags = [] }: Operation,
  { described, takenIds, say }: { described: ReadonlySet<string>; takenIds: Set<string>; say: Say },
): void {
  if (!operationId) say('has no operationId');
  else if (takenIds.has(operationId)) say(`operationId ${operationId} is taken`);
  else takenIds.add(operationId);
  if (!summary) say('has no summary');
  if (tags.length === 0) say('has no tag');
  for (const tag of tags) if (!described.has(tag)) say(`tag ${tag} is not described`);
}

function checkParameters(path: string, { parameters = [] }: Operation, say: Say): void {
  const variables = [...path.matchAll(/\{([^}]+)\}/g)].map(found => found[1]!);
  const inPath = parameters.filter(parameter => parameter.in === 'path');
  for (const name of variables)
    if (!inPath.some(parameter => parameter.name === name && parameter.required === true))
      say(`{${name}} is not a required parameter`);
  for (const { name } of inPath) if (!variables.includes(name)) say(`parameter ${name} is not in the path`);
  const seen = new Set<string>();
  for (const { name, in: place, schema } of parameters) {
    if (seen.has(`${place} ${name}`)) say(`parameter ${name} in ${place} is there twice`);
    seen.add(`${place} ${name}`);
    if (!['path', 'query', 'header', 'cookie'].includes(place))
      say(`parameter ${name} is in ${place}, which is no place`);
    if (schema === undefined) say(`parameter ${name} has no schema`);
  }
}

/** A POST, PUT or PATCH takes a body, or says "No body." in its description or summary. */
function checkBody(method: string, operation: Operation & { readonly description?: string }, say: Say): void {
  const { requestBody } = operation;
  if (requestBody === undefined) {
    const saysNone = /\bno body\b/i.test(`${operation.summary ?? ''} ${operation.description ?? ''}`);
    if (bodyMethods.has(method) && !saysNone) say('does not describe its body (or say "No body.")');
    return;
  }
  if (!['post', 'put', 'patch'].includes(method)) say('takes a body, which its method has not');
  checkContent('the request', requestBody.content, say);
}

function checkContent(what: string, content: Content | undefined, say: Say): void {
  if (content === undefined || Object.keys(content).length === 0) say(`${what} has no content`);
  for (const [type, { schema }] of Object.entries(content ?? {}))
    if (schema === undefined) say(`${what}: ${type} has no schema`);
}

/** Failures are problems; only a probe's 503 is its plain report. */
function checkAnswers({ responses = {}, tags = [] }: Operation, say: Say): void {
  const statuses = Object.keys(responses);
  if (!statuses.some(status => /^[23]/.test(status))) say('has no answer that is a success or leads on');
  for (const [status, { description, content }] of Object.entries(responses)) {
    if (!/^([1-5]\d\d|default)$/.test(status)) say(`${status} is no status`);
    if (!description) say(`${status} has no description`);
    if (/^[45]/.test(status) && !(status === '503' && tags.includes('health'))) {
      if (content?.['application/problem+json']?.schema === undefined)
        say(`${status} is not application/problem+json with a schema`);
    } else if (content !== undefined) checkContent(`the ${status}`, content, say);
    else if (status !== '204' && !/\bno body\b/i.test(description ?? ''))
      say(`${status} has neither a schema nor the words "No body"`);
  }
}

function checkRefs(document: ApiDescription, mistakes: string[]): void {
  walk(document, '', (node, at) => {
    const ref = node['$ref'];
    if (typeof ref !== 'string') return;
    if (!ref.startsWith('#/')) return void mistakes.push(`${at}: $ref ${ref} leads out of the document`);
    const target = ref
      .slice(2)
      .split('/')
      .reduce<unknown>(
        (value, key) => memberOf(value, decodeURIComponent(key.replaceAll('~1', '/').replaceAll('~0', '~'))),
        document,
      );
    if (target === undefined) mistakes.push(`${at}: $ref ${ref} leads nowhere`);
  });
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Json)[key] : undefined;
}

function walk(value: unknown, at: string, visit: (node: Json, at: string) => void): void {
  if (Array.isArray(value)) value.forEach((one, i) => walk(one, `${at}/${i}`, visit));
  else if (typeof value === 'object' && value !== null) {
    visit(value as Json, at);
    for (const [key, inner] of Object.entries(value)) if (key !== 'example') walk(inner, `${at}/${key}`, visit);
  }
}

function schemasIn(document: ApiDescription): { at: string; schema: unknown }[] {
  const found = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({
    at: `schema ${name}`,
    schema,
  }));
  walk(document.paths, 'paths', (node, at) => {
    if (node['schema'] !== undefined && !at.includes('/schema'))
      found.push({ at: `${at}/schema`, schema: node['schema'] });
  });
  return found;
}

interface SchemaRules {
  readonly mistakes: string[];
  readonly is30: boolean;
}

function checkSchema(at: string, schema: unknown, rules: SchemaRules): void {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    if (rules.is30 || typeof schema !== 'boolean') rules.mistakes.push(`${at} is not a schema`);
    return;
  }
  const { type, items, properties, required, additionalProperties, ...rest } = schema as Json;
  if (!rules.is30) {
    for (const one of [type ?? []].flat())
      if (!types.has(one as string) && one !== 'null')
        rules.mistakes.push(`${at}: type ${JSON.stringify(one)} is none of JSON Schema`);
    if ('nullable' in rest) rules.mistakes.push(`${at}: nullable is not of OpenAPI 3.1; say type: [..., 'null']`);
    for (const word of ['exclusiveMinimum', 'exclusiveMaximum'])
      if (word in rest && typeof rest[word] !== 'number')
        rules.mistakes.push(`${at}: ${word} is a number in OpenAPI 3.1`);
  } else {
    if (type !== undefined && !types.has(type as string))
      rules.mistakes.push(`${at}: type ${JSON.stringify(type)} is none of OpenAPI 3.0`);
    for (const word of schemaWordsOf31) if (word in rest) rules.mistakes.push(`${at}: ${word} is not of OpenAPI 3.0`);
    for (const word of ['exclusiveMinimum', 'exclusiveMaximum'])
      if (word in rest && typeof rest[word] !== 'boolean')
        rules.mistakes.push(`${at}: ${word} is true or false in OpenAPI 3.0`);
  }
  if (type === 'array' && items === undefined) rules.mistakes.push(`${at}: a list says what its items are`);
  for (const name of (required ?? []) as string[])
    if (properties !== undefined && !Object.hasOwn(properties as Json, name))
      rules.mistakes.push(`${at} requires ${name}, which it does not describe`);
  for (const [name, inner] of Object.entries((properties ?? {}) as Json)) checkSchema(`${at}.${name}`, inner, rules);
  if (items !== undefined) checkSchema(`${at}[]`, items, rules);
  if (additionalProperties !== undefined && typeof additionalProperties !== 'boolean')
    checkSchema(`${at}.*`, additionalProperties, rules);
  for (const word of ['anyOf', 'oneOf', 'allOf'])
    for (const [i, inner] of ((rest[word] ?? []) as unknown[]).entries())
      checkSchema(`${at} ${word} ${i}`, inner, rules);
  if (rest['not'] !== undefined) checkSchema(`${at} not`, rest['not'], rules);
}
