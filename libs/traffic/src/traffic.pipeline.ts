import { Injectable } from '@nestjs/common';
import { MockRequest, type CatalogView, type CatalogMock } from '@mock-server/engine';
import { MockCatalog, ScenarioStates } from '@mock-server/mocks';
import { type Call } from './call';
import { HitReply } from './hit-reply';
import { MissReply } from './miss-reply';
import { requestOf } from './request-of';
import { RequestReader } from './request-reader';

/** The story of a request: find the mock, or fall back, or say what was closest; each fate writes its reply and is reported once. */
@Injectable()
export class TrafficPipeline {
  constructor(
    private readonly catalogs: MockCatalog,
    private readonly scenarios: ScenarioStates,
    private readonly hits: HitReply,
    private readonly misses: MissReply,
    private readonly requests: RequestReader,
  ) {}

  /** A hit without body, delay or file is answered before this returns. */
  answer(call: Call): void | Promise<void> {
    const catalog = this.catalogs.catalogOf(call.workspace.id);
    if (catalog === undefined) return this.misses.sayNotReady(call);
    return call.head.hasBody ? this.answerWithBody(call, catalog) : this.match(call, catalog, requestOf(call));
  }

  private async answerWithBody(call: Call, catalog: CatalogView): Promise<void> {
    const head = requestOf(call);
    if (this.mayStream(call, catalog, head) && (await this.isForBackend(call, catalog, head)))
      return this.match(call, catalog, head);
    const request = await this.requests.read(call, head);
    return request === undefined ? undefined : this.match(call, catalog, request);
  }

  /** Whether the body may go straight on to a backend: there is one, and nothing here looks at the body. */
  private mayStream(call: Call, catalog: CatalogView, head: MockRequest): boolean {
    return (this.misses.canStream(call) || catalog.hasProxied) && !catalog.wantsBody(head);
  }

  private async isForBackend(call: Call, catalog: CatalogView, head: MockRequest): Promise<boolean> {
    const mock = await this.scenarios.find(call.workspace.id, catalog, head);
    return mock === undefined ? this.misses.canStream(call) : mock.reply.proxy?.needsBody === false;
  }

  private match(call: Call, catalog: CatalogView, request: MockRequest): void | Promise<void> {
    if (call.head.isPreflight && call.workspace.settings.cors) return this.matchPreflight(call, catalog, request);
    const mock = this.scenarios.take(call.workspace.id, catalog, request);
    if (mock instanceof Promise) return this.sendLater(call, catalog, { request, mock });
    if (mock === undefined) return this.misses.send(call, catalog, request);
    return this.hits.send(call, request, mock);
  }

  private async sendLater(
    call: Call,
    catalog: CatalogView,
    { request, mock }: { request: MockRequest; mock: Promise<CatalogMock | undefined> },
  ): Promise<void> {
    const taken = await mock;
    if (taken === undefined) return this.misses.send(call, catalog, request);
    return this.hits.send(call, request, taken);
  }

  /** A preflight is the browser's question, unless a mock is for OPTIONS and nothing else. */
  private async matchPreflight(call: Call, catalog: CatalogView, request: MockRequest): Promise<void> {
    const mock = await this.scenarios.find(call.workspace.id, catalog, request);
    if (mock?.matcher.method.only === undefined) return this.misses.answerPreflight(call, request);
    const taken = Promise.resolve(this.scenarios.take(call.workspace.id, catalog, request));
    return this.sendLater(call, catalog, { request, mock: taken });
  }
}
