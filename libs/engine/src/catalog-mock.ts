import { maxJsonDepth, readJson } from './json-value';
import { defaultPriority, type Mapping } from './mapping-schema';
import { type Mistake } from './mistake';
import { type PathTemplate } from './path-template';
import { compileReply, type Reply } from './reply';
import { compileRequest, type RequestMatcher } from './request-matcher';

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

export interface ScenarioStep {
  readonly name: string;
  readonly requiredState: string | undefined;
  readonly newState: string | undefined;
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

/** A mock compiled for serving. Lean: the mapping stays JSON text, and the reply is compiled on the first hit. */
export class CatalogMock {
  private compiledReply: Reply | undefined;
  /** For whoever counts hits: a place on the mock itself spares a look-up at every request. */
  hits: HitCount | undefined;

  constructor(
    readonly stored: StoredMock,
    readonly matcher: RequestMatcher,
    private readonly rank: MockRank,
    readonly name: string | undefined,
    readonly scenario: ScenarioStep | undefined,
  ) {}

  get priority(): number {
    return this.rank.priority;
  }

  get weight(): number | undefined {
    return this.rank.weight;
  }

  get id(): string {
    return this.stored.id;
  }

  get position(): number {
    return this.stored.position;
  }

  get reply(): Reply {
    return (this.compiledReply ??= compileReply(this.mapping.response ?? {}, this));
  }

  get pathTemplate(): PathTemplate | undefined {
    return this.matcher.url.kind === 'template' ? this.matcher.url.template : undefined;
  }

  /** The mapping, parsed anew at each call. */
  get mapping(): Mapping {
    return JSON.parse(this.stored.json) as Mapping;
  }

  /** `'List a' (3f2c…)` or the id alone: how people are told which mock is meant. */
  get title(): string {
    return this.name === undefined ? this.id : `'${this.name}' (${this.id})`;
  }
}

export type CatalogMockReading =
  { readonly ok: true; readonly mock: CatalogMock } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Compiles a stored mock. One that cannot be compiled gives its mistakes; it never throws. */
export function compileMock(stored: StoredMock): CatalogMockReading {
  const reading = readJson(stored.json);
  if (!reading.isJson)
    return { ok: false, mistakes: [{ pointer: '', message: `is not JSON of at most ${maxJsonDepth} levels` }] };
  const mapping = reading.value as Mapping;
  const matcher = compileRequest(mapping.request ?? {}, '/request');
  if (!matcher.ok) return matcher;
  const scenario =
    typeof mapping.scenarioName === 'string'
      ? {
          name: mapping.scenarioName,
          requiredState: mapping.requiredScenarioState ?? undefined,
          newState: mapping.newScenarioState ?? undefined,
        }
      : undefined;
  return {
    ok: true,
    mock: new CatalogMock(stored, matcher.value, rankOf(mapping), mapping.name ?? undefined, scenario),
  };
}

/**
 * WireMock's order: lowest priority number first, then newest first. Negative when `a` goes before `b`; 0 for one mock only, so that
 * a sorted list finds the very mock to remove.
 */
export function compareMocks(a: CatalogMock, b: CatalogMock): number {
  return a.priority - b.priority || b.position - a.position || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1);
}
