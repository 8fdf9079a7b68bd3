import { compileJsonSchema } from './json-schema';
import { isObject } from './is-object';
import { toJsonText } from './json-path';
import { mergePatch } from './merge-patch';
import { type Mistake } from './mistake';
import { decode, type MockRequest } from './mock-request';
import { fieldOf, readList, type Item } from './resource-query';
import { resourceMethods, type ResourceMethod, type ResourceSpec } from './resource-schema';
import { randomUuid } from './template-random-helpers';
import { type ResourcePath } from './url-matcher';

/** The items of a resource, as one request finds them. */
export interface ResourceView {
  get(id: string): Item | undefined;
  /** In the order in which they came. */
  all(): readonly Item[];
  /** The highest number that was given as an id. */
  readonly counter: number;
}

export type ResourceChange =
  | { readonly kind: 'put'; readonly id: string; readonly item: Item }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'count'; readonly to: number };

/** What a resource answers, and what that changes. */
export interface ResourceAnswer {
  readonly status: number;
  /** Name, value, …. */
  readonly headers: readonly string[];
  /** JSON text; undefined: no body. */
  readonly body: string | undefined;
  readonly changes: readonly ResourceChange[];
}

/** From 0 up to, not including, 1. */
export type Chance = () => number;

/** A resource of a mapping, compiled. Never throws, whatever the request. */
export interface Resource {
  readonly name: string;
  /** What it holds at first, with ids. */
  seed(chance: Chance): readonly ResourceChange[];
  answer(request: MockRequest, view: ResourceView, chance: Chance): ResourceAnswer;
}

export type ResourceReading =
  { readonly ok: true; readonly resource: Resource } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Compiles a checked resource at its path; `pointer` is where it stands. */
export function compileResource(spec: ResourceSpec, path: ResourcePath, pointer: string): ResourceReading {
  const mistakes: Mistake[] = [];
  const schema = spec.schema === undefined ? undefined : compileJsonSchema(spec.schema, 'V202012');
  if (schema?.ok === false) mistakes.push({ pointer: `${pointer}/schema`, message: schema.message });
  mistakes.push(...idMistakes(spec, pointer));
  for (const variable of Object.keys(spec.pathFields ?? {}))
    if (!path.template.names.includes(variable))
      mistakes.push({ pointer: `${pointer}/pathFields`, message: `names {${variable}}, which the path does not have` });
  if (mistakes.length > 0) return { ok: false, mistakes };
  return { ok: true, resource: new CompiledResource(spec, path, schema?.ok === true ? schema : undefined) };
}

function idMistakes({ items = [], idField = 'id' }: ResourceSpec, pointer: string): Mistake[] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const id = item[idField];
    const where = `${pointer}/items/${i}/${idField}`;
    if (id === undefined) return [];
    if (!isId(id)) return [{ pointer: where, message: 'must be a text or a number' }];
    if (seen.has(String(id))) return [{ pointer: where, message: `is there twice: ${String(id)}` }];
    seen.add(String(id));
    return [];
  });
}

class CompiledResource implements Resource {
  private readonly idField: string;
  private readonly methods: readonly ResourceMethod[];

  constructor(
    private readonly spec: ResourceSpec,
    private readonly path: ResourcePath,
    private readonly schema: { isValid(value: unknown): boolean } | undefined,
  ) {
    this.idField = spec.idField ?? 'id';
    this.methods = spec.methods ?? resourceMethods;
  }

  get name(): string {
    return this.spec.name;
  }

  seed(chance: Chance): readonly ResourceChange[] {
    const items = this.spec.items ?? [];
    const taken = new Set(
      items
        .map(item => item[this.idField])
        .filter(isId)
        .map(String),
    );
    let counter = Math.max(0, ...[...taken].map(wholeId));
    const puts = items.map(item => {
      const given = item[this.idField];
      const id = isId(given) ? given : this.spec.id === 'uuid' ? uuidOf(chance) : ++counter;
      return { kind: 'put', id: String(id), item: { [this.idField]: id, ...item } } as const;
    });
    return [...puts, { kind: 'count', to: counter }];
  }

  answer(request: MockRequest, view: ResourceView, chance: Chance): ResourceAnswer {
    const ofItem = this.path.item.parse(request.path);
    const variables = ofItem ?? this.path.template.parse(request.path) ?? {};
    const scope = this.scopeOf(variables);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const possible = this.methods.filter(one =>
      ofItem === undefined ? one === 'GET' || one === 'POST' : one !== 'POST',
    );
    if (!possible.some(one => one === method)) return refuseMethod(method, possible);
    if (ofItem === undefined)
      return method === 'POST' ? this.create(request, { view, chance, scope }) : this.list(request, view, scope);
    const id = decode(ofItem[this.path.idVariable]!.replaceAll('+', '%2B'));
    const known = this.known(view, id, scope);
    if (method === 'PUT' && known === undefined && this.spec.upsert === true && view.get(id) === undefined)
      return this.put(request, { id, known: undefined, scope });
    if (known === undefined) return problem(404, 'item-not-found', `There is no ${this.name} ${id.slice(0, 100)}.`);
    if (method === 'GET') return this.shown(200, known);
    if (method === 'DELETE') return { status: 204, headers: [], body: undefined, changes: [{ kind: 'delete', id }] };
    return method === 'PUT' ? this.put(request, { id, known, scope }) : this.patch(request, { id, known, scope });
  }

  private list(request: MockRequest, view: ResourceView, scope: Item): ResourceAnswer {
    const items = view.all().filter(item => isWithin(item, scope));
    const reading = readList(items, request, this.spec);
    if (!reading.ok) return problem(400, 'bad-request', reading.message);
    const { total, page, limit } = reading;
    const { envelope } = this.spec;
    const body =
      envelope === undefined
        ? reading.items
        : placed([
            [envelope.items, reading.items],
            [envelope.total, total],
            [envelope.page, page],
            [envelope.limit, limit ?? total],
          ]);
    return json(200, body, { headers: [this.spec.totalHeader ?? 'X-Total-Count', String(total)] });
  }

  private create(
    request: MockRequest,
    { view, chance, scope }: { readonly view: ResourceView; readonly chance: Chance; readonly scope: Item },
  ): ResourceAnswer {
    const body = this.readItem(request, scope);
    if ('status' in body) return body;
    const given = body.item[this.idField] ?? undefined;
    if (given !== undefined && !isId(given)) return this.invalid(`${this.idField} must be a text or a number.`);
    if (given !== undefined && view.get(String(given)) !== undefined)
      return problem(409, 'item-exists', `There is a ${this.name} ${String(given).slice(0, 100)} already.`);
    const id = given ?? this.nextId(view, chance);
    const item: Item = { [this.idField]: id, ...body.item, ...(given === undefined ? { [this.idField]: id } : {}) };
    if (this.schema?.isValid(item) === false) return this.invalid('It does not keep the schema of the resource.');
    const counter = Math.max(view.counter, wholeId(String(id)));
    const changes: ResourceChange[] = [{ kind: 'put', id: String(id), item }];
    if (counter > view.counter) changes.push({ kind: 'count', to: counter });
    const location = `${request.path.replace(/\/$/, '')}/${encodeURIComponent(String(id))}`;
    return this.shown(201, item, { headers: ['Location', location], changes });
  }

  private put(
    request: MockRequest,
    { id, known, scope }: { readonly id: string; readonly known: Item | undefined; readonly scope: Item },
  ): ResourceAnswer {
    const body = this.readItem(request, scope);
    if ('status' in body) return body;
    return this.replace({ id, known }, body.item);
  }

  private patch(
    request: MockRequest,
    { id, known, scope }: { readonly id: string; readonly known: Item; readonly scope: Item },
  ): ResourceAnswer {
    if ((request.header('content-type')[0] ?? '').includes('json-patch'))
      return problem(415, 'unsupported-media-type', 'A patch is a JSON Merge Patch (RFC 7396), not a JSON Patch.');
    const body = this.readItem(request, {});
    if ('status' in body) return body;
    const item = mergePatch(known, body.item) as Item;
    if (!isWithin(item, scope)) return this.invalid('It would leave the path that it is at.');
    return this.replace({ id, known }, item);
  }

  private replace(
    { id, known }: { readonly id: string; readonly known: Item | undefined },
    wanted: Item,
  ): ResourceAnswer {
    const own = known?.[this.idField] ?? id;
    const given = wanted[this.idField] ?? own;
    if (toJsonText(given) !== id) return this.invalid(`${this.idField} cannot change: it is ${id.slice(0, 100)}.`);
    const item: Item = { [this.idField]: own, ...wanted, [this.idField]: own };
    if (this.schema?.isValid(item) === false) return this.invalid('It does not keep the schema of the resource.');
    return this.shown(known === undefined ? 201 : 200, item, { changes: [{ kind: 'put', id, item }] });
  }

  /** The object in the body, with what the path says of it; or the answer that refuses it. */
  private readItem(request: MockRequest, scope: Item): { readonly item: Item } | ResourceAnswer {
    const { json: reading } = request;
    if (!reading.isJson) return problem(400, 'invalid-json', 'The body must be a JSON object.');
    if (!isObject(reading.value)) return this.invalid('The body must be a JSON object.');
    const item = reading.value;
    for (const [field, value] of Object.entries(scope))
      if (item[field] !== undefined && toJsonText(item[field]) !== String(value))
        return this.invalid(`${field} must be ${String(value)}, as the path says.`);
    return { item: { ...item, ...(Object.keys(scope).length === 0 ? {} : { ...scope }) } };
  }

  private known(view: ResourceView, id: string, scope: Item): Item | undefined {
    const item = view.get(id);
    return item !== undefined && isWithin(item, scope) ? item : undefined;
  }

  private nextId(view: ResourceView, chance: Chance): string | number {
    if (this.spec.id === 'uuid') return uuidOf(chance);
    let next = view.counter + 1;
    while (view.get(String(next)) !== undefined) next++;
    return next;
  }

  private scopeOf(variables: Readonly<Record<string, string>>): Item {
    const fields = Object.entries(this.spec.pathFields ?? {}).map(([variable, field]) => {
      const text = decode((variables[variable] ?? '').replaceAll('+', '%2B'));
      return [field, /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text] as const;
    });
    return Object.fromEntries(fields);
  }

  private shown(
    status: number,
    item: Item,
    more: { headers?: readonly string[]; changes?: readonly ResourceChange[] } = {},
  ): ResourceAnswer {
    const around = this.spec.envelope?.item;
    return json(status, around === undefined ? item : placed([[around, item]]), more);
  }

  private invalid(detail: string): ResourceAnswer {
    return problem(422, 'item-invalid', detail);
  }
}

function uuidOf(random: Chance): string {
  return randomUuid({ environment: { now: 0, random } });
}

function isId(value: unknown): value is string | number {
  return (
    (typeof value === 'string' && value !== '' && value.length <= 200) ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

/** 0 for what is no whole number. */
function wholeId(text: string): number {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
}

function isWithin(item: Item, scope: Item): boolean {
  return Object.entries(scope).every(([field, value]) => String(fieldOf(item, field)) === String(value));
}

/** `[['meta.total', 3]]` is `{ meta: { total: 3 } }`. */
function placed(parts: readonly (readonly [path: string | undefined, value: unknown])[]): unknown {
  const body = Object.create(null) as Record<string, unknown>;
  for (const [path, value] of parts) {
    const names = path?.split('.') ?? [];
    const last = names.pop();
    let place = body;
    for (const name of names) {
      const inner = place[name];
      place = isObject(inner) ? inner : ((place[name] = Object.create(null)) as Record<string, unknown>);
    }
    if (last !== undefined) place[last] = value;
  }
  return body;
}

function json(
  status: number,
  body: unknown,
  { headers = [], changes = [] }: { headers?: readonly string[]; changes?: readonly ResourceChange[] } = {},
): ResourceAnswer {
  return { status, headers: ['Content-Type', 'application/json', ...headers], body: JSON.stringify(body), changes };
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  415: 'Unsupported media type',
  422: 'The item is not acceptable',
  507: 'The workspace may not remember more',
};

function problem(status: number, code: string, detail: string): ResourceAnswer {
  const body = { type: `urn:mock-server:problem:${code}`, title: titles[status], status, code, detail };
  return { status, headers: ['Content-Type', 'application/problem+json'], body: JSON.stringify(body), changes: [] };
}

function refuseMethod(method: string, possible: readonly ResourceMethod[]): ResourceAnswer {
  const allow = possible.flatMap(one => (one === 'GET' ? ['GET', 'HEAD'] : [one])).join(', ');
  if (method === 'OPTIONS') return { status: 204, headers: ['Allow', allow], body: undefined, changes: [] };
  const refused = problem(405, 'method-not-allowed', `${method} is not possible here. Possible: ${allow}.`);
  return { ...refused, headers: [...refused.headers, 'Allow', allow] };
}

/** The answer when an item does not fit the bounds. */
export const resourceIsFull: ResourceAnswer = problem(
  507,
  'state-full',
  'The item does not fit (STATE_MAX_ITEMS, STATE_MAX_BYTES). Delete items, or reset the resource.',
);
