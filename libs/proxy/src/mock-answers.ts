import { Injectable } from '@nestjs/common';
import {
  compileTemplate,
  hasBody,
  type MockRequest,
  type RenderedReply,
  type RenderFailure,
  type Reply,
  type StateDraft,
  type WholeAnswer,
} from '@mock-server/engine';
import { FileStore, StateValues, TemplateEnvironments } from '@mock-server/mocks';

export type MockAnswer =
  | {
      readonly ok: true;
      readonly answer: WholeAnswer;
      /** What is in its body file, as stored. */ readonly file?: Uint8Array;
    }
  | { readonly ok: false; readonly reason: string };

const noBytes = new Uint8Array(0);
const noState: RenderFailure = {
  ok: false,
  pointer: '/response',
  message: 'writes more state than there is room for',
  line: 1,
  column: 1,
};

/** Says what a reply would answer, without answering: nothing is counted, and no state is kept. */
@Injectable()
export class MockAnswers {
  constructor(
    private readonly files: FileStore,
    private readonly values: StateValues,
    private readonly environments: TemplateEnvironments,
  ) {}

  async of(workspaceId: string, reply: Reply, request: MockRequest): Promise<MockAnswer> {
    if (reply.template === undefined) return this.plain(workspaceId, reply, request);
    const rendered = await this.render(workspaceId, reply, request);
    if (!rendered.ok) return cannotRender(rendered);
    const answer = { status: reply.status, headers: [...rendered.headers] };
    const { body } = rendered;
    switch (body.kind) {
      case 'text':
        return whole({ ...answer, body: Buffer.from(body.text) }, request);
      case 'bytes':
        return whole({ ...answer, body: reply.body.kind === 'bytes' ? reply.body.bytes : noBytes }, request);
      case 'file': {
        const file = await this.files.read(workspaceId, body.name);
        if (file === undefined) return noFile(body.name);
        const made = body.isTemplate ? this.renderFile(file, rendered, request) : { ok: true as const, bytes: file };
        return made.ok ? whole({ ...answer, body: made.bytes }, request, file) : cannotRender(made);
      }
      default:
        return body satisfies never;
    }
  }

  private async plain(workspaceId: string, reply: Reply, request: MockRequest): Promise<MockAnswer> {
    const { status, headers, body } = reply;
    if (body.kind === 'bytes') return whole({ status, headers, body: body.bytes }, request);
    const file = await this.files.read(workspaceId, body.name);
    return file === undefined ? noFile(body.name) : whole({ status, headers, body: file }, request, file);
  }

  private async render(
    workspaceId: string,
    reply: Reply,
    request: MockRequest,
  ): Promise<RenderedReply | RenderFailure> {
    const environment = this.environments.of({ receivedAt: Date.now() });
    const template = reply.template!;
    if (!template.usesState) return template.render(request, environment);
    const withState = (state: StateDraft): { result: RenderedReply | RenderFailure; isKept: boolean } => ({
      result: template.render(request, { ...environment, state }),
      isKept: false,
    });
    return this.values.run<RenderedReply | RenderFailure>(workspaceId, withState, { ifFull: noState });
  }

  private renderFile(
    file: Buffer,
    { model }: RenderedReply,
    request: MockRequest,
  ): { readonly ok: true; readonly bytes: Uint8Array } | RenderFailure {
    const text = file.toString();
    if (!file.includes('{{') || !Buffer.from(text).equals(file)) return { ok: true, bytes: file };
    const reading = compileTemplate(text);
    if (!reading.ok) return { ...reading, pointer: 'file' };
    const environment = this.environments.of({ receivedAt: request.now ?? Date.now() });
    const rendering = reading.template.render(model, environment);
    return rendering.ok ? { ok: true, bytes: Buffer.from(rendering.text) } : { ...rendering, pointer: 'file' };
  }
}

function whole(answer: WholeAnswer, { method }: MockRequest, file?: Uint8Array): MockAnswer {
  const isBodiless = method === 'HEAD' || !hasBody(answer.status);
  return { ok: true, answer: isBodiless ? { ...answer, body: noBytes } : answer, ...(file !== undefined && { file }) };
}

function noFile(name: string): MockAnswer {
  return { ok: false, reason: `its body file '${name}' is missing` };
}

function cannotRender({ pointer, message }: RenderFailure): MockAnswer {
  return { ok: false, reason: `its template fails: ${pointer} ${message}` };
}
