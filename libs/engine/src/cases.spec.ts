import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { signingKeys } from '../../../test/support/signing-keys';
import { Catalog } from './catalog';
import { type CatalogMock } from './catalog-mock';
import { type Chance } from './chance';
import { drawDelayMs } from './delay';
import { plainHost, setEngineHost, type EngineHost } from './engine-host';
import { faultStrikes } from './fault';
import { readMapping } from './mapping';
import { type Mapping } from './mapping-schema';
import { type MockRequest, requestFrom } from './mock-request';
import { type ProxyReply } from './proxy-reply';
import { hasBody } from './message-head';
import { StateDraft } from './state-draft';
import { type ResourceChange, type ResourceView } from './resource';
import { instanceOf, scenarioStart, type ScenarioView } from './scenario';
import { type TemplateEnvironment } from './template-run';

interface Sent {
  readonly send: string;
  readonly answers: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly json?: unknown;
  readonly form?: string;
  readonly base64?: string;
  readonly scheme?: 'http' | 'https';
  readonly clientIp?: string;
  readonly localHost?: string;
  readonly localPort?: number;
  readonly receivedAt?: number;
  readonly chance?: number;
  readonly because?: readonly string[];
  readonly reply?: WantedReply;
}

interface WantedReply {
  readonly status?: number;
  readonly statusMessage?: string;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
  readonly base64?: string;
  readonly file?: string;
  readonly delayMs?: number;
  readonly fault?: string;
  readonly events?: readonly string[];
  readonly noBody?: true;
  /** Of a mock that is proxied. */
  readonly asks?: string;
  readonly host?: string;
  readonly adds?: Readonly<Record<string, readonly string[]>>;
  readonly keepsBack?: readonly string[];
  readonly addsToAnswer?: Readonly<Record<string, readonly string[]>>;
  readonly patchesStatus?: number;
  readonly patchesHeaders?: Readonly<Record<string, readonly string[] | null>>;
  readonly patchesJson?: unknown;
  readonly fails?: string;
}

interface MatchingCase {
  readonly story: string;
  readonly mocks: Readonly<Record<string, Mapping>>;
  readonly host?: Partial<Pick<EngineHost, 'templating' | 'allowBacktrackingRegex'>>;
  /** What chance draws, in turn. */
  readonly draws?: readonly number[];
  readonly when: readonly (string | Sent)[];
}

interface ReadingCase {
  readonly story: string;
  readonly mapping: unknown;
  readonly host?: MatchingCase['host'];
  readonly refused?: Readonly<Record<string, string>>;
  readonly unknown?: readonly string[];
}

/** Half past two on 15 June 2021, with no chance at all. */
const fixedTime: TemplateEnvironment = { now: Date.UTC(2021, 5, 15, 14, 30), random: () => 0 };
/** Some scripts go on for ever. */
const maxToldEvents = 4;

const folder = join(__dirname, '../cases');
const files = readdirSync(folder).filter(file => file.endsWith('.yaml'));
const casesOf = (file: string): (MatchingCase | ReadingCase)[] => parse(readFileSync(join(folder, file), 'utf8'));

afterEach(() => setEngineHost(plainHost));

test('there are 600 stories at least, and 1,300 lines', () => {
  const stories = files.flatMap(casesOf);
  const lines = stories.reduce((sum, story) => sum + ('mapping' in story ? 1 : story.when.length), 0);
  process.stdout.write(`cases: ${stories.length} stories, ${lines} lines in ${files.length} files\n`);
  expect(stories.length).toBeGreaterThanOrEqual(600);
  expect(lines).toBeGreaterThanOrEqual(1_300);
});

describe.each(files)('cases of %s', file => {
  for (const one of casesOf(file)) {
    if ('mapping' in one) test(one.story, () => checkReading(one));
    else describe(one.story, () => checkAnswers(one));
  }
});

function hostFor({ host, draws = [] }: Pick<MatchingCase, 'host' | 'draws'>): Partial<EngineHost> {
  let turn = 0;
  return { ...host, random: () => draws[turn++] ?? 0, tokenCrypto: signingKeys };
}

function checkReading({ mapping, host, refused, unknown }: ReadingCase): void {
  setEngineHost(hostFor({ ...(host === undefined ? {} : { host }) }));
  const reading = readMapping(mapping);
  if (refused === undefined) {
    expect(reading).toEqual({ ok: true, mapping, unknownFields: unknown });
    return;
  }
  const mistakes = reading.ok ? [] : reading.mistakes;
  expect([...new Set(mistakes.map(({ pointer }) => pointer))].sort()).toEqual(Object.keys(refused).sort());
  for (const [pointer, words] of Object.entries(refused)) {
    const said = mistakes.filter(mistake => mistake.pointer === pointer).map(({ message }) => message);
    expect(said).toEqual(expect.arrayContaining([expect.stringContaining(words)]));
  }
}

/** One test a line; the lines of a story share the scenario states, so they run in order. */
function checkAnswers({ mocks, when, ...story }: MatchingCase): void {
  const host = hostFor(story);
  const names = Object.keys(mocks);
  const ids = new Map(names.map((name, i) => [`00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, name]));
  const catalog = new Catalog();
  const states = new Map<string, string>();
  const values = new Map<string, unknown>();
  const resources = new Map<string, KeptItems>();
  const placeOf = (scenario: string, instance: string): string => `${scenario} of '${instance}'`;
  const view: ScenarioView = { stateOf: (...place) => states.get(placeOf(...place)) ?? scenarioStart };
  const turns = new Map<string, number>();

  beforeAll(() => {
    setEngineHost(host);
    const upserts = [...ids].map(([id, name], position) => {
      const reading = readMapping(mocks[name]);
      if (!reading.ok) throw new Error(`mock '${name}': ${JSON.stringify(reading.mistakes)}`);
      return { id, position, enabled: reading.mapping.enabled !== false, json: JSON.stringify(mocks[name]) };
    });
    expect(catalog.apply({ upserts, removals: [] })).toEqual([]);
  });

  test.each(when.map(readLine).map((sent, i) => ({ title: `${i + 1}. ${sent.send} -> ${sent.answers}`, sent })))(
    '$title',
    ({ sent }) => {
      setEngineHost(host);
      const request = requestOf(sent);
      const mock = catalog.find(request, view);
      expect(mock === undefined ? 'nothing' : ids.get(mock.id)).toBe(sent.answers);
      if (sent.because !== undefined) expect(reasons(catalog, request, view)).toEqual(sent.because);
      const turn = turns.get(sent.answers) ?? 0;
      turns.set(sent.answers, turn + 1);
      const chance = { turn, random: () => sent.chance ?? 0 };
      const asked = mock?.reply.proxy?.render(request, fixedTime);
      if (sent.reply !== undefined && asked !== undefined) checkCall(asked, sent.reply);
      else {
        const reply = mock === undefined ? undefined : renderedFor(request, mock, { values, resources, chance });
        if (sent.reply !== undefined) checkReply(request, reply!, sent.reply);
      }
      const step = mock?.scenario;
      if (step?.newState !== undefined) states.set(placeOf(step.name, instanceOf(step, request)), step.newState);
    },
  );
}

function readLine(line: string | Sent): Sent {
  if (typeof line !== 'string') return line;
  const [send = '', answers = ''] = line.split(' -> ');
  return { send, answers };
}

function requestOf(sent: Sent): MockRequest {
  const [method = '', url = ''] = sent.send.split(' ');
  const rawHeaders = Object.entries(sent.headers ?? {}).flatMap(([name, value]) =>
    [value].flat().flatMap(one => [name, one]),
  );
  if (sent.form !== undefined) rawHeaders.push('Content-Type', 'application/x-www-form-urlencoded');
  const text = sent.form ?? sent.body ?? (sent.json === undefined ? '' : JSON.stringify(sent.json));
  const { scheme, clientIp, localHost, localPort, receivedAt } = sent;
  const place = Object.entries({ scheme, clientIp, localHost, localPort, receivedAt }).filter(
    ([, value]) => value !== undefined,
  );
  return requestFrom({
    method,
    url,
    rawHeaders,
    body: sent.base64 === undefined ? Buffer.from(text) : Buffer.from(sent.base64, 'base64'),
    ...Object.fromEntries(place),
  });
}

function reasons(catalog: Catalog, request: MockRequest, view: ScenarioView): string[] {
  const [nearest] = catalog.nearest(request, 1, view);
  return (nearest?.failed ?? []).map(
    ({ part, expected, actual }) => `${part}: expected ${expected}, was ${actual ?? 'absent'}`,
  );
}

type CompiledReply = CatalogMock['reply'];

interface Kept {
  readonly values: Map<string, unknown>;
  readonly resources: Map<string, KeptItems>;
  readonly chance: Chance;
}

class KeptItems implements ResourceView {
  counter = 0;
  private readonly items = new Map<string, Readonly<Record<string, unknown>>>();

  get(id: string): Readonly<Record<string, unknown>> | undefined {
    return this.items.get(id);
  }

  all(): readonly Readonly<Record<string, unknown>>[] {
    return [...this.items.values()];
  }

  keep(change: ResourceChange): void {
    if (change.kind === 'put') this.items.set(change.id, change.item);
    else if (change.kind === 'delete') this.items.delete(change.id);
    else this.counter = change.to;
  }
}

function resourceReply(request: MockRequest, mock: CatalogMock, resources: Map<string, KeptItems>): CompiledReply {
  const resource = mock.resource!;
  const noChance = (): number => 0;
  let items = resources.get(resource.name);
  if (items === undefined) {
    resources.set(resource.name, (items = new KeptItems()));
    for (const change of resource.seed(noChance)) items.keep(change);
  }
  const { status, headers, body = '', changes } = resource.answer(request, items, noChance);
  for (const change of changes) items.keep(change);
  return { ...mock.reply, status, headers, body: { kind: 'bytes', bytes: Buffer.from(body) } };
}

/** What goes well is kept in `values`. */
function renderedFor(request: MockRequest, mock: CatalogMock, { values, resources, chance }: Kept): CompiledReply {
  const reply = mock.choice?.pick(request, chance) ?? mock.reply;
  if (mock.resource !== undefined) return resourceReply(request, mock, resources);
  const state = new StateDraft(key => values.get(key));
  const environment = { ...fixedTime, state };
  const failure = mock.hasStateActions ? mock.stateActions.run(request, environment) : undefined;
  const rendered = failure ?? reply.template?.render(request, environment);
  if (rendered?.ok === false) {
    const said = `${rendered.pointer} ${rendered.line}:${rendered.column} ${rendered.message}`;
    return { ...reply, status: 500, body: { kind: 'bytes', bytes: Buffer.from(said) } };
  }
  for (const [key, value] of state.writes) values.set(key, value);
  if (rendered === undefined) return reply;
  const { body, headers } = rendered;
  if (body.kind === 'bytes') return { ...reply, headers };
  return {
    ...reply,
    headers,
    body: body.kind === 'file' ? body : { kind: 'bytes', bytes: Buffer.from(body.text) },
  };
}

function checkReply(request: MockRequest, reply: CompiledReply, wanted: WantedReply): void {
  if (wanted.status !== undefined) expect(reply.status).toBe(wanted.status);
  if (wanted.statusMessage !== undefined) expect(reply.statusMessage).toBe(wanted.statusMessage);
  if (wanted.delayMs !== undefined) expect(delayOf(reply)).toBe(wanted.delayMs);
  if (wanted.fault !== undefined) expect(faultOf(reply)).toBe(wanted.fault);
  if (wanted.events !== undefined) expect(eventsOf(request, reply)).toEqual(wanted.events);
  if (wanted.noBody === true) expect([hasBody(reply.status), reply.message?.length ?? 0]).toEqual([false, 0]);
  for (const [name, values] of Object.entries(wanted.headers ?? {})) expect(valuesOf(reply, name)).toEqual(values);
  if (wanted.file !== undefined) expect(reply.body).toMatchObject({ kind: 'file', name: wanted.file });
  const bytes = reply.body.kind === 'bytes' ? Buffer.from(reply.body.bytes) : undefined;
  if (wanted.body !== undefined) expect(bytes?.toString()).toBe(wanted.body);
  if (wanted.base64 !== undefined) expect(bytes?.toString('base64')).toBe(wanted.base64);
}

/** With no chance at all: the shortest that may be drawn. */
function delayOf({ plan }: CompiledReply): number {
  const { fixedDelayMs = 0, delayDistribution } = plan ?? {};
  return fixedDelayMs + (delayDistribution === undefined ? 0 : drawDelayMs(delayDistribution, () => 0));
}

function faultOf({ plan }: CompiledReply): string {
  const fault = plan?.fault;
  return fault !== undefined && faultStrikes(fault, { random: () => 0, turn: 0 }) ? fault.kind : 'none';
}

/** Each event with its wait before it, as `+100 data: a`; lines are parted by `|`, an open end is `+open`. */
function eventsOf(request: MockRequest, { plan }: CompiledReply): string[] {
  const steps = plan?.events?.play(request, fixedTime);
  if (steps === undefined) return ['nothing more'];
  const told: string[] = [];
  for (const step of steps) {
    const event = step.render(fixedTime);
    told.push(event.ok ? `+${step.waitMs} ${event.text.trimEnd().replaceAll('\n', '|')}` : `failed: ${event.message}`);
    if (!event.ok || told.length === maxToldEvents) break;
  }
  return plan?.events?.staysOpen === true ? [...told, '+open'] : told;
}

function checkCall(asked: ReturnType<ProxyReply['render']>, wanted: WantedReply): void {
  if (!asked.ok) return expect(asked.pointer).toBe(wanted.fails);
  expect(wanted.fails).toBeUndefined();
  if (wanted.asks !== undefined) expect(asked.origin + asked.url).toBe(wanted.asks);
  if (wanted.host !== undefined) expect(asked.host).toBe(wanted.host);
  if (wanted.adds !== undefined) expect(listsOf(asked.requestHeaders)).toEqual(wanted.adds);
  if (wanted.keepsBack !== undefined) expect([...asked.removedHeaders]).toEqual(wanted.keepsBack);
  if (wanted.addsToAnswer !== undefined) expect(listsOf(asked.replyHeaders)).toEqual(wanted.addsToAnswer);
  if (wanted.patchesStatus !== undefined) expect(asked.patch?.status).toBe(wanted.patchesStatus);
  if (wanted.patchesHeaders !== undefined)
    expect(Object.fromEntries(asked.patch?.headers ?? [])).toEqual(wanted.patchesHeaders);
  if (wanted.patchesJson !== undefined) expect(asked.patch?.json?.merge).toEqual(wanted.patchesJson);
}

function listsOf(headers: readonly string[]): Record<string, string[]> {
  const names = [...new Set(headers.filter((_, i) => i % 2 === 0))];
  return Object.fromEntries(names.map(name => [name, valuesOf({ headers }, name)]));
}

function valuesOf({ headers }: Pick<CompiledReply, 'headers'>, name: string): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1] === name);
}
