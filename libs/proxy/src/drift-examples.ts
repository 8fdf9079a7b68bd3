import {
  exampleRequest,
  requestFrom,
  requestMatches,
  withoutHeaders,
  type CatalogMock,
  type MockRequest,
  type Redaction,
} from '@mock-server/engine';
import { type Journal } from '@mock-server/journal';
import { type DriftSpec } from './drift-schema';

/** A request by which a mock is compared: as the mock sees it, and with the headers that go out. */
export interface DriftExample {
  readonly request: MockRequest;
  readonly sentHeaders: readonly string[];
}

export type DriftExampleReading =
  { readonly ok: true; readonly example: DriftExample } | { readonly ok: false; readonly reason: string };

export interface ExampleSources {
  readonly workspaceId: string;
  readonly spec: Pick<DriftSpec, 'examples' | 'headers' | 'variables'>;
  readonly journal: Journal;
  /** For what comes out of the journal: whose secrets are in there the backend asked now may not be. */
  readonly redaction: Redaction;
}

/** Headers of a request in the journal that say what was asked, not by whom. */
const meaningful = /^(?:accept|content-type|x-api-version|x-version|api-version)$/;

/** Finds for mocks a request that they take: the one that was given, one made of their conditions, or one that they answered. */
export class DriftExamples {
  private answered: ReadonlyMap<string, MockRequest> | undefined;

  constructor(private readonly sources: ExampleSources) {}

  of(mock: CatalogMock): DriftExampleReading {
    const { spec } = this.sources;
    const given = Object.hasOwn(spec.examples, mock.id) ? spec.examples[mock.id] : undefined;
    if (given !== undefined) {
      const made = exampleRequest({ method: mock.mapping.request?.method });
      const method = given.method ?? (made.ok ? made.example.method : 'GET');
      const headers = Object.entries(given.headers ?? {}).flatMap(([name, value]) => [name, String(value)]);
      const parts = { method, url: given.url, headers, body: Buffer.from(given.body ?? '') };
      return this.taken(mock, parts) ?? { ok: false, reason: 'the example that was given is no request that it takes' };
    }
    const made = exampleRequest(mock.mapping.request ?? {}, spec.variables);
    const fitting = made.ok ? this.taken(mock, made.example, made.madeUp) : undefined;
    if (fitting !== undefined) return fitting;
    const logged = this.ofJournal(mock);
    if (logged !== undefined) return logged;
    const why = made.ok ? 'its conditions are more than texts to compare with' : made.reason;
    return { ok: false, reason: `${why}; give its request in examples, or call it once` };
  }

  private ofJournal(mock: CatalogMock): DriftExampleReading | undefined {
    const { redaction } = this.sources;
    const logged = (this.answered ??= this.readJournal()).get(mock.id);
    if (logged === undefined) return undefined;
    const { method, url, rawHeaders, body } = logged;
    const headers = withoutHeaders(rawHeaders, name => !meaningful.test(name));
    const clean = redaction.exchange({
      url,
      requestHeaders: headers,
      requestBody: body,
      replyHeaders: [],
      replyBody: new Uint8Array(0),
    });
    return this.taken(mock, { method, url: clean.url, headers: clean.requestHeaders, body: clean.requestBody });
  }

  private readJournal(): Map<string, MockRequest> {
    const newest = new Map<string, MockRequest>();
    for (const { exchange } of this.sources.journal.newestFirst(this.sources.workspaceId)) {
      const { mock, request, reply } = exchange;
      if (mock !== undefined && reply.isCut !== true && !newest.has(mock.id)) newest.set(mock.id, request);
    }
    return newest;
  }

  private taken(
    mock: CatalogMock,
    parts: { method: string; url: string; headers: readonly string[]; body: Uint8Array },
    madeUp: ReadonlySet<string> = new Set(),
  ): DriftExampleReading | undefined {
    const extra = Object.entries(this.sources.spec.headers);
    const replaced = new Set(extra.map(([name]) => name.toLowerCase()));
    const added = extra.flatMap(([name, value]) => [name, String(value)]);
    const rawHeaders = [...withoutHeaders(parts.headers, name => replaced.has(name)), ...added];
    const request = requestFrom({ ...parts, rawHeaders, receivedAt: Date.now() });
    if (!requestMatches(mock.matcher, request)) return undefined;
    const sentHeaders = withoutHeaders(rawHeaders, name => madeUp.has(name) && !replaced.has(name));
    return { ok: true, example: { request, sentHeaders } };
  }
}
