import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { MockCatalog, ScenarioStates } from '@mock-server/mocks';
import { rootIdOf, startRedaction, type Workspace } from '@mock-server/workspaces';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { failed, type AiFailure } from './ai-failure';
import { draftOf, idOfQuestion, replyOf, type DraftedReply } from './generated-mapping';
import { readGeneratedReply } from './generated-reply';
import { GeneratedDrafts } from './generated-drafts';
import { Generator } from './generator';
import { cleanRequest, liveQuestion, type CleanRequest } from './live-question';
import { SharedWork } from './shared-work';

export type LiveAnswer =
  | { readonly kind: 'answered'; readonly reply: DraftedReply; readonly isNew: boolean }
  /** There is no AI, or this is none of its business. */
  | { readonly kind: 'absent' }
  /** The client left before there was one. */
  | { readonly kind: 'gone' }
  | AiFailure;

/** A request is a part of its draft. */
const maxBodyBytes = 65_536;
const maxNearest = 4;
const maxExamples = 6;
const absent: LiveAnswer = { kind: 'absent' };

/** Answers misses: from the draft that was made for the same request before, else by one generation for all who ask it at that time. */
@Injectable()
export class LiveAnswers implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('LiveAnswers');
  private readonly generations = new SharedWork<LiveAnswer>();
  private isClosing = false;

  constructor(
    private readonly generator: Generator,
    private readonly drafts: GeneratedDrafts,
    private readonly catalogs: MockCatalog,
    private readonly scenarios: ScenarioStates,
    private readonly registry: MetricsRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.gauge('ai_callers', 'Requests that wait for a generated answer.', () => this.generations.waiters);
  }

  beforeApplicationShutdown(): void {
    this.isClosing = true;
    this.generations.stopAll();
  }

  async answer(workspace: Workspace, request: MockRequest, signal: AbortSignal): Promise<LiveAnswer> {
    if (!this.generator.isConfigured || request.body.length > maxBodyBytes) return absent;
    const redaction = startRedaction(workspace.settings.recording?.redaction);
    const clean = cleanRequest(request, redaction);
    const id = idOfQuestion(rootIdOf(workspace), clean.pattern);
    const known = this.drafts.find(workspace, id);
    if (known?.kind === 'reply') return { kind: 'answered', reply: known.reply, isNew: false };
    if (known?.kind === 'taken') return absent;
    if (this.isClosing) return failed('draining', 'The server is shutting down.');
    const generate = async (stop: AbortSignal): Promise<LiveAnswer> => {
      const examples = await this.examplesFor(workspace, request);
      const question = liveQuestion(clean, examples, redaction);
      const owners = [{ kind: 'workspace', id: rootIdOf(workspace) }] as const;
      const generation = await this.generator.generate(question, owners, stop);
      return generation.kind === 'failed' ? generation : this.take(workspace, { id, clean, output: generation.output });
    };
    return (await this.generations.run(id, generate, signal)) ?? { kind: 'gone' };
  }

  private take(
    workspace: Workspace,
    { id, clean, output }: { readonly id: string; readonly clean: CleanRequest; readonly output: unknown },
  ): LiveAnswer {
    const reading = readGeneratedReply(output);
    if (!reading.ok) {
      this.logger.warn({ message: 'A generated answer was refused', workspace: workspace.slug, why: reading.why });
      return failed('ai-failed', `The answer of the AI was refused: ${reading.why}. Nothing was kept of it.`);
    }
    const { request, pattern } = clean;
    const name = `${request.method} ${request.path}`.slice(0, 200);
    const mapping = draftOf({ id, name, pattern }, reading.reply, this.generator.model);
    const reply = replyOf(mapping)!;
    this.drafts.keep(workspace, id, { mapping, reply });
    return { kind: 'answered', reply, isNew: true };
  }

  /** The nearest mocks, and some others: of what is served, for of drafts nobody has said yet that they are right. */
  private async examplesFor(workspace: Workspace, request: MockRequest): Promise<CatalogMock[]> {
    const catalog = this.catalogs.catalogOf(workspace.id);
    if (catalog === undefined) return [];
    const nearest = await this.scenarios.nearest(workspace.id, catalog, { request, limit: maxNearest });
    const examples = new Set(nearest.map(({ mock }) => mock));
    for (const mock of catalog.mocks()) {
      if (examples.size >= maxExamples) break;
      if (mock.stored.enabled) examples.add(mock);
    }
    return [...examples];
  }
}
