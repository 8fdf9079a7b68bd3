import { maxJsonDepth, readJson } from './json-value';
import { defaultPriority, type Mapping } from './mapping-schema';
import { done, type Compiled } from './matcher';
import { type Mistake } from './mistake';
import { type PathTemplate } from './path-template';
import { compileScenario } from './compile-scenario';
import { compileReply, type Reply } from './reply';
import { compileChoice, type ReplyChoice } from './response-choice';
import { compileRequest, type RequestMatcher } from './request-matcher';
import { compileResource, type Resource, type ResourceReading } from './resource';
import { type ScenarioStep } from './scenario';
import { compileStateActions, type StateActions } from './state-action';
import { compileResourcePath } from './url-matcher';
import { compileWebhooks, type Webhook } from './webhook';

/** A mock as storage hands it over. */
export interface StoredMock {
  readonly id: string;
  /** Rises with creation: among mocks of one priority the larger (newer) wins. Kept when a mock is replaced. */
  readonly position: number;
  readonly enabled: boolean;
  /** The mapping as JSON text. */
  readonly json: string;
}

/** How often a mock has answered, and when last (milliseconds since 1970). */
export interface HitCount {
  count: number;
  lastAt: number;
}

interface MockRank {
  readonly priority: number;
  /** Undefined: it answers whenever it comes first. */
  readonly weight: number | undefined;
}

/** Most mocks say nothing: one object for all of them. */
const usualRank: MockRank = { priority: defaultPriority, weight: undefined };

function rankOf({ priority, weight }: Mapping): MockRank {
  return (priority ?? defaultPriority) === defaultPriority && (weight ?? undefined) === undefined
    ? usualRank
    : { priority: priority ?? defaultPriority, weight: weight ?? undefined };
}

interface MockTraits {
  readonly name: string | undefined;
  readonly scenario: ScenarioStep | undefined;
  readonly hasStateActions: boolean;
  /** Set when it answers as a resource. */
  readonly resourceName: string | undefined;
}

const noWebhooks: readonly Webhook[] = [];

/** A mock compiled for serving. Lean: the mapping stays JSON text, and the reply is compiled on the first hit. */
export class CatalogMock {
  /** Set together with the next two. Not in an object of their own: a hit would have to fetch one more from far-off memory. */
  private compiledReply: Reply | undefined;
  private compiledChoice: ReplyChoice | undefined;
  private compiledWebhooks: readonly Webhook[] = noWebhooks;
  private compiledActions: StateActions | undefined;
  private compiledResource: ResourceReading | undefined;
  readonly name: string | undefined;
  readonly scenario: ScenarioStep | undefined;
  readonly hasStateActions: boolean;
  readonly resourceName: string | undefined;
  /** For whoever counts hits: a place on the mock itself spares a look-up at every request. */
  hits: HitCount | undefined;

  constructor(
    readonly stored: StoredMock,
    private matching: RequestMatcher,
    private readonly rank: MockRank,
    { name, scenario, hasStateActions, resourceName }: MockTraits,
  ) {
    this.name = name;
    this.scenario = scenario;
    this.hasStateActions = hasStateActions;
    this.resourceName = resourceName;
  }

  get matcher(): RequestMatcher {
    return this.matching;
  }

  get priority(): number {
    return this.rank.priority;
  }

  get weight(): number | undefined {
    return this.rank.weight;
  }

  /** A hit reads or changes more than its reply. */
  get isStateful(): boolean {
    return this.hasStateActions || this.resourceName !== undefined;
  }

  get id(): string {
    return this.stored.id;
  }

  get position(): number {
    return this.stored.position;
  }

  /** Of a mock with several: the one when none of them is picked. */
  get reply(): Reply {
    return this.compiledReply ?? this.compile();
  }

  /** Undefined: there is one reply. */
  get choice(): ReplyChoice | undefined {
    if (this.compiledReply === undefined) this.compile();
    return this.compiledChoice;
  }

  /** What a hit changes in the key-value store; ask {@link hasStateActions} first. */
  get stateActions(): StateActions {
    return (this.compiledActions ??= actionsOf(this));
  }

  /** What answers instead of the reply; undefined when the mock is no resource, or one that cannot be compiled any more. */
  get resource(): Resource | undefined {
    if (this.compiledResource === undefined && this.resourceName !== undefined)
      this.compiledResource = resourceOf(this);
    return this.compiledResource?.ok === true ? this.compiledResource.resource : undefined;
  }

  /** What is called once it has answered. */
  get webhooks(): readonly Webhook[] {
    if (this.compiledReply === undefined) this.compile();
    return this.compiledWebhooks;
  }

  get pathTemplate(): PathTemplate | undefined {
    const { url } = this.matcher;
    return url.kind === 'template' || url.kind === 'resource' ? url.template : undefined;
  }

  /** The mapping, parsed anew at each call. */
  get mapping(): Mapping {
    return JSON.parse(this.stored.json) as Mapping;
  }

  private compile(): Reply {
    const { mapping } = this;
    this.gather();
    const reply = compileReply(mapping.response ?? {}, this);
    this.compiledChoice = compileChoice(mapping, this, reply);
    this.compiledWebhooks = compileWebhooks(mapping, this.pathTemplate);
    this.compiledReply = reply;
    return reply;
  }

  /** The same mock, on memory of its own; for {@link gather}'s reason. It knows what was compiled so far. */
  twin(): CatalogMock {
    const twin = new CatalogMock(this.stored, this.matching, this.rank, this);
    twin.compiledReply = this.compiledReply;
    twin.compiledChoice = this.compiledChoice;
    twin.compiledWebhooks = this.compiledWebhooks;
    twin.compiledActions = this.compiledActions;
    twin.compiledResource = this.compiledResource;
    twin.hits = this.hits;
    return twin;
  }

  /** What hits read lies together: a page of memory for each of a thousand mocks in use among a hundred thousand costs more than matching. */
  private gather(): void {
    this.matching = { ...this.matching };
  }

  /** `'List a' (3f2c…)` or the id alone: how people are told which mock is meant. */
  get title(): string {
    return this.name === undefined ? this.id : `'${this.name}' (${this.id})`;
  }
}

export type CatalogMockReading =
  | { readonly ok: true; readonly mock: CatalogMock; /** A backend answers for it. */ readonly isProxied: boolean }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Compiles a stored mock. One that cannot be compiled gives its mistakes; it never throws. */
export function compileMock(stored: StoredMock): CatalogMockReading {
  const reading = readJson(stored.json);
  if (!reading.isJson)
    return { ok: false, mistakes: [{ pointer: '', message: `is not JSON of at most ${maxJsonDepth} levels` }] };
  const mapping = reading.value as Mapping;
  const matcher = compileMatcher(mapping);
  if (!matcher.ok) return matcher;
  const { url } = matcher.value;
  const scenario = compileScenario(mapping, url.kind === 'template' ? url.template : undefined);
  if (!scenario.ok) return scenario;
  return {
    ok: true,
    mock: new CatalogMock(stored, matcher.value, rankOf(mapping), {
      name: mapping.name ?? undefined,
      scenario: scenario.step,
      hasStateActions: Array.isArray(mapping.state) && mapping.state.length > 0,
      resourceName: mapping.response?.resource?.name,
    }),
    isProxied: typeof mapping.response?.proxyBaseUrl === 'string',
  };
}

function resourceOf({ mapping, matcher: { url } }: CatalogMock): ResourceReading {
  const spec = mapping.response?.resource;
  return spec === undefined || url.kind !== 'resource'
    ? { ok: false, mistakes: [] }
    : compileResource(spec, url, '/response/resource');
}

/** A resource's mock is found at the collection and below it. */
function compileMatcher({ request = {}, response }: Mapping): Compiled<RequestMatcher> {
  const matcher = compileRequest(request, '/request');
  if (!matcher.ok || response?.resource === undefined) return matcher;
  const path = compileResourcePath(request, '/request');
  return path.ok ? done({ ...matcher.value, url: path.value }) : path;
}

/** One that cannot be compiled fails at each hit: such a mock is refused at save, but may come from an older version. */
function actionsOf({ mapping, pathTemplate }: CatalogMock): StateActions {
  const reading = compileStateActions(mapping.state ?? [], '/state', pathTemplate);
  if (reading.ok) return reading.actions;
  const { pointer = '', message = '' } = reading.mistakes[0] ?? {};
  return { run: () => ({ ok: false, pointer, message, line: 1, column: 1 }) };
}

/**
 * WireMock's order: lowest priority number first, then newest first. Negative when `a` goes before `b`; 0 for one mock only, so that
 * a sorted list finds the very mock to remove.
 */
export function compareMocks(a: CatalogMock, b: CatalogMock): number {
  return a.priority - b.priority || b.position - a.position || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1);
}
