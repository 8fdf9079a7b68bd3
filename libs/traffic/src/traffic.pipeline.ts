import { Injectable } from '@nestjs/common';
import { MockRequest, type Catalog, type CatalogMock } from '@mock-server/engine';
import { MockCatalog, ScenarioStates } from '@mock-server/mocks';
import { type Call } from './call';
import { corsHeaders, preflightHeaders } from './cors';
import { Fallbacks } from './fallbacks';
import { reportMiss } from './miss-report';
import { MockReply } from './mock-reply';
import { readRequest } from './read-request';
import { requestOf } from './request-of';
import { Reporter } from './reporter';
import { problemReply } from './plain-problem';

const nearMissCount = 3;

/** The story of a request: find the mock, or fall back, or say what was closest; each fate writes its reply and is reported once. */
@Injectable()
export class TrafficPipeline {
  constructor(
    private readonly catalogs: MockCatalog,
    private readonly scenarios: ScenarioStates,
    private readonly replies: MockReply,
    private readonly fallbacks: Fallbacks,
    private readonly reporter: Reporter,
  ) {}

  /** A hit without body, delay or file is answered before this returns. */
  answer(call: Call): void | Promise<void> {
    const catalog = this.catalogs.catalogOf(call.workspace.id);
    if (catalog === undefined)
      return this.reporter.refuse(
        call,
        problemReply('not-ready', 'The mocks are still loading; try again in a moment.'),
      );
    return call.head.hasBody ? this.answerWithBody(call, catalog) : this.match(call, catalog, requestOf(call));
  }

  private async answerWithBody(call: Call, catalog: Catalog): Promise<void> {
    const head = requestOf(call);
    if (this.canStream(call, catalog, head)) return this.match(call, catalog, head);
    const request = await readRequest(call, head, this.reporter);
    return request === undefined ? undefined : this.match(call, catalog, request);
  }

  /** Whether the body may go straight on to a backend, because nothing here looks at it. */
  private canStream(call: Call, catalog: Catalog, head: MockRequest): boolean {
    const canFallBack = this.fallbacks.canStream(call.workspace);
    if ((!canFallBack && !catalog.hasProxied) || catalog.wantsBody(head)) return false;
    const mock = this.find(call, catalog, head);
    return mock === undefined ? canFallBack : mock.reply.proxy?.needsBody === false;
  }

  private match(call: Call, catalog: Catalog, request: MockRequest): void | Promise<void> {
    const mock = this.find(call, catalog, request);
    if (call.head.isPreflight && call.workspace.settings.cors && mock?.matcher.method.only === undefined)
      return this.answerPreflight(call, request);
    if (mock === undefined) return this.fallBack(call, catalog, request);
    this.scenarios.step(call.workspace.id, mock.scenario);
    return this.replies.send(call, request, mock);
  }

  private find(call: Call, catalog: Catalog, request: MockRequest): CatalogMock | undefined {
    return catalog.find(request, this.scenarios.viewOf(call.workspace.id));
  }

  private async fallBack(call: Call, catalog: Catalog, request: MockRequest): Promise<void> {
    for (const kind of call.workspace.settings.fallbacks) {
      if (await this.fallbacks.answer(kind, call, request)) return;
    }
    this.answerMiss(call, catalog, request);
  }

  private answerMiss(call: Call, catalog: Catalog, request: MockRequest): void {
    const nearest = catalog.nearest(request, nearMissCount, this.scenarios.viewOf(call.workspace.id));
    const { contentType, body } = reportMiss(request, nearest);
    this.reporter.reply(call, {
      request,
      source: 'none',
      reply: { status: 404, headers: this.withCors(call, ['Content-Type', contentType]), body },
    });
  }

  private answerPreflight(call: Call, request: MockRequest): void {
    this.reporter.reply(call, {
      request,
      source: 'none',
      reply: { status: 204, headers: preflightHeaders(call.head), body: new Uint8Array(0) },
      note: 'CORS preflight',
    });
  }

  private withCors({ head, workspace }: Call, headers: string[]): string[] {
    return head.origin === undefined || !workspace.settings.cors
      ? headers
      : [...headers, ...corsHeaders(head.origin, headers)];
  }
}
