import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  compileTemplate,
  type RenderedReply,
  type RenderFailure,
  type StateDraft,
  type Template,
  type TemplateReading,
} from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { type Awaitable, FileStore, StateValues, TemplateEnvironments } from '@mock-server/mocks';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { type Hit } from './hit';
import { replyFileMissing } from './missing-file';
import { Reporter } from './reporter';
import { renderedHeaders } from './rendered-headers';
import { replyTemplateFailed } from './template-failed';

const stateIsFull: RenderFailure = {
  ok: false,
  pointer: '/response',
  message: 'writes more state than a workspace may have (STATE_MAX_KEYS, STATE_MAX_BYTES)',
  line: 1,
  column: 1,
};

/** Sends what a mock's templates make of a request. A template that fails is a 500 that says where. */
@Injectable()
export class TemplatedReplies implements OnModuleInit {
  private droppedHeaders = 0;
  /** By the bytes of a file: a file that changes has others. */
  private readonly fileTemplates = new WeakMap<Uint8Array, TemplateReading>();

  constructor(
    private readonly files: FileStore,
    private readonly reporter: Reporter,
    private readonly registry: MetricsRegistry,
    private readonly environments: TemplateEnvironments,
    private readonly values: StateValues,
  ) {}

  onModuleInit(): void {
    this.registry.counter(
      'template_headers_dropped_total',
      'Headers left out because their template gave control characters such as CR, LF or NUL.',
      () => this.droppedHeaders,
    );
  }

  send(call: Call, hit: Hit): void | Promise<void> {
    const { request, reply } = hit;
    const environment = this.environments.of(call);
    const template = reply.template!;
    if (!template.usesState) return this.sendRendered(call, hit, template.render(request, environment));
    const rendered = this.withState(call, state => template.render(request, { ...environment, state }));
    return rendered instanceof Promise
      ? rendered.then(known => this.sendRendered(call, hit, known))
      : this.sendRendered(call, hit, rendered);
  }

  /** A rendering that fails has written nothing. */
  private withState<T extends { readonly ok: true }>(
    call: Call,
    render: (state: StateDraft) => T | RenderFailure,
  ): Awaitable<T | RenderFailure> {
    return this.values.run<T | RenderFailure>(
      call.workspace.id,
      state => {
        const result = render(state);
        return { result, isKept: result.ok };
      },
      { before: call.written, ifFull: stateIsFull },
    );
  }

  private sendRendered(call: Call, hit: Hit, rendered: RenderedReply | RenderFailure): void | Promise<void> {
    const { reply } = hit;
    if (!rendered.ok) return this.fail(call, hit, rendered);
    switch (rendered.body.kind) {
      case 'text':
        return this.write(call, hit, { rendered, bytes: Buffer.from(rendered.body.text) });
      case 'bytes': {
        const { body } = reply;
        return this.write(call, hit, { rendered, bytes: body.kind === 'bytes' ? body.bytes : Buffer.alloc(0) });
      }
      case 'file':
        return this.sendFile(call, hit, { rendered, ...rendered.body });
      default:
        return rendered.body satisfies never;
    }
  }

  private async sendFile(call: Call, hit: Hit, { name, isTemplate, rendered }: FileReply): Promise<void> {
    const bytes = await this.files.read(call.workspace.id, name);
    if (bytes === undefined) return replyFileMissing(this.reporter, call, { ...hit, name });
    const reading = isTemplate ? this.templateOf(bytes) : undefined;
    if (reading === undefined) return this.write(call, hit, { rendered, bytes });
    const rendering = reading.ok
      ? await this.renderFile(call, { name, rendered, template: reading.template })
      : reading;
    if (!rendering.ok) return this.fail(call, hit, { ...rendering, pointer: `file '${name}'` });
    return this.write(call, hit, { rendered, bytes: Buffer.from(rendering.text) });
  }

  private renderFile(
    call: Call,
    { name, rendered, template }: { name: string; rendered: RenderedReply; template: Template },
  ): Awaitable<RenderFailure | { readonly ok: true; readonly text: string }> {
    const environment = this.environments.of(call);
    const render = (state?: StateDraft): RenderFailure | { readonly ok: true; readonly text: string } => {
      const rendering = template.render(rendered.model, { ...environment, state });
      return rendering.ok ? rendering : { ...rendering, pointer: `file '${name}'` };
    };
    return template.usesState ? this.withState(call, render) : render();
  }

  /** Undefined for bytes that are no text, or that hold no tag. */
  private templateOf(bytes: Uint8Array): TemplateReading | undefined {
    const known = this.fileTemplates.get(bytes);
    if (known !== undefined) return known;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!buffer.includes('{{')) return undefined;
    const text = buffer.toString();
    if (!Buffer.from(text).equals(buffer)) return undefined;
    const reading = compileTemplate(text);
    this.fileTemplates.set(bytes, reading);
    return reading;
  }

  private write(
    call: Call,
    { request, mock, reply, delayMs, delivery }: Hit,
    { rendered, bytes }: { rendered: RenderedReply; bytes: Uint8Array },
  ): void | Promise<void> {
    const { head, workspace } = call;
    const { status, statusMessage } = reply;
    const headers = renderedHeaders(rendered, mock);
    if (head.origin !== undefined && workspace.settings.cors) headers.push(...corsHeaders(head.origin, headers));
    this.droppedHeaders += rendered.dropped.length;
    const note =
      rendered.dropped.length === 0
        ? undefined
        : `header left out for a control character in its value: ${rendered.dropped.join(', ')}`;
    return this.reporter.deliver(call, {
      request,
      source: 'mock',
      mock,
      delayMs,
      reply: { status, statusMessage, headers, body: bytes },
      delivery,
      place: reply.place,
      ...(note === undefined ? {} : { note }),
    });
  }

  private fail(call: Call, hit: Hit, failure: RenderFailure): void {
    replyTemplateFailed(this.reporter, call, { ...hit, failure });
  }
}

interface FileReply {
  readonly name: string;
  readonly isTemplate: boolean;
  readonly rendered: RenderedReply;
}
