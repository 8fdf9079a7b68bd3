import { Injectable } from '@nestjs/common';
import {
  adaptResponse,
  compareReplies,
  compileMock,
  compileReply,
  jsonPatchBetween,
  readMapping,
  type CatalogMock,
  type Drift,
  type DriftOptions,
  type JsonPatch,
  type Mapping,
  type MockRequest,
  type ResponseSpec,
  type WholeAnswer,
} from '@mock-server/engine';
import { MockAnswers } from './mock-answers';

/** A request, and what the backend answered to it, without secrets. */
export interface AskedBackend {
  readonly request: MockRequest;
  readonly answer: WholeAnswer;
}

export type DriftVerdict =
  | { readonly kind: 'same'; readonly mock: CatalogMock }
  | { readonly kind: 'not-compared'; readonly mock: CatalogMock; readonly reason: string }
  | {
      readonly kind: 'drifted';
      readonly mock: CatalogMock;
      readonly request: MockRequest;
      readonly drifts: readonly Drift[];
      readonly patch: JsonPatch | undefined;
      readonly reasons: readonly string[];
    };

type Drifted = Extract<DriftVerdict, { kind: 'drifted' }>;

export interface JudgeOptions extends DriftOptions {
  /** Longer bodies are not compared: reading them takes time that traffic has to wait. */
  readonly maxBodyBytes: number;
}

/** One response of a mock, its place in the mapping and what it answers. */
interface Variant {
  readonly place: number | undefined;
  readonly spec: ResponseSpec;
  readonly answer: WholeAnswer;
  readonly file: Uint8Array | undefined;
  readonly drifts: readonly Drift[];
}

/** Compares what mocks answer with what the backend answered, and makes the patches. */
@Injectable()
export class DriftJudge {
  constructor(private readonly answers: MockAnswers) {}

  /**
   * Of mocks that take the same request, being states of one scenario, those that answer with the backend's status are compared: the
   * others are about another state. If none does, the first tells of it.
   */
  async judge(
    workspaceId: string,
    mocks: readonly CatalogMock[],
    asked: AskedBackend,
    options: JudgeOptions,
  ): Promise<DriftVerdict[]> {
    const verdicts: DriftVerdict[] = [];
    for (const mock of mocks) verdicts.push(await this.judgeOne(workspaceId, mock, asked, options));
    const isOfOtherState = (one: DriftVerdict): one is Drifted =>
      one.kind === 'drifted' && one.drifts.some(({ kind }) => kind === 'status');
    const others = verdicts.filter(isOfOtherState);
    const told = others.length === verdicts.length ? others[0] : undefined;
    return verdicts.map(one =>
      isOfOtherState(one) && mocks.length > 1 && one !== told
        ? { kind: 'not-compared', mock: one.mock, reason: `it is another state of scenario '${scenarioOf(one.mock)}'` }
        : one,
    );
  }

  private async judgeOne(
    workspaceId: string,
    mock: CatalogMock,
    asked: AskedBackend,
    options: JudgeOptions,
  ): Promise<DriftVerdict> {
    const { mapping } = mock;
    const variants: Variant[] = [];
    for (const { place, spec } of responsesOf(mapping)) {
      const reading = await this.answers.of(
        workspaceId,
        compileReply(spec, { ...ownerOf(mock), ...placeOf(place) }),
        asked.request,
      );
      if (!reading.ok) return { kind: 'not-compared', mock, reason: reading.reason };
      const longest = Math.max(reading.answer.body.length, asked.answer.body.length);
      if (longest > options.maxBodyBytes)
        return {
          kind: 'not-compared',
          mock,
          reason: `its answer is longer than ${options.maxBodyBytes} bytes (maxBodyBytes)`,
        };
      const drifts = compareReplies(reading.answer, asked.answer, options);
      if (drifts.length === 0) return { kind: 'same', mock };
      variants.push({ place, spec, answer: reading.answer, file: reading.file, drifts });
    }
    const [closest] = variants.sort((a, b) => a.drifts.length - b.drifts.length);
    const isFailing = asked.answer.status >= 500 || asked.answer.status === 429;
    if (closest === undefined) return { kind: 'not-compared', mock, reason: 'it has no response' };
    if (isFailing && closest.drifts.some(({ kind }) => kind === 'status'))
      return { kind: 'not-compared', mock, reason: `the backend answered ${asked.answer.status}` };
    const { patch, reasons } = await this.patchOf(workspaceId, mock, { closest, asked, options });
    return { kind: 'drifted', mock, request: asked.request, drifts: closest.drifts, patch, reasons };
  }

  private async patchOf(
    workspaceId: string,
    mock: CatalogMock,
    { closest, asked, options }: { closest: Variant; asked: AskedBackend; options: JudgeOptions },
  ): Promise<{ patch: JsonPatch | undefined; reasons: readonly string[] }> {
    const { place, spec, answer, file, drifts } = closest;
    const adapted = adaptResponse({ spec, file, mock: answer, backend: asked.answer, drifts, options });
    const { mapping } = mock;
    const after = withResponse(mapping, place, adapted.spec);
    const reading = readMapping(after);
    if (!reading.ok)
      return { patch: undefined, reasons: [...adapted.reasons, 'What would fit is no mapping that can be served'] };
    const patch = jsonPatchBetween(mapping, after);
    const left = await this.leftAfter(workspaceId, mock, { after, place, asked, options });
    const reasons = adapted.reasons.length > 0 || left.length === 0 ? adapted.reasons : left;
    return { patch: patch.length === 0 ? undefined : patch, reasons };
  }

  /** What would differ still, said of the mock as it would be. */
  private async leftAfter(
    workspaceId: string,
    mock: CatalogMock,
    {
      after,
      place,
      asked,
      options,
    }: { after: Mapping; place: number | undefined; asked: AskedBackend; options: JudgeOptions },
  ): Promise<string[]> {
    const compiled = compileMock({ ...mock.stored, json: JSON.stringify(after) });
    if (!compiled.ok) return ['The mock would not compile any more'];
    const spec = responsesOf(after).find(one => one.place === place)?.spec ?? {};
    const reply = compileReply(spec, { ...ownerOf(compiled.mock), ...placeOf(place) });
    const reading = await this.answers.of(workspaceId, reply, asked.request);
    if (!reading.ok) return [reading.reason];
    return compareReplies(reading.answer, asked.answer, options).map(({ path, message }) =>
      `${path} ${message}`.trim(),
    );
  }
}

/** Each response of a mapping, with its place where there are several. */
export function responsesOf({ response, responses }: Mapping): { place: number | undefined; spec: ResponseSpec }[] {
  if (responses === undefined || responses === null) return [{ place: undefined, spec: response ?? {} }];
  return responses.from.map((one, place) => ({ place, spec: one.response ?? {} }));
}

function withResponse(mapping: Mapping, place: number | undefined, response: ResponseSpec): Mapping {
  const { responses } = mapping;
  if (place === undefined || responses === undefined || responses === null) return { ...mapping, response };
  const from = (responses.from as object[]).map((one, i) => (i === place ? { ...one, response } : one));
  return { ...mapping, responses: { ...responses, from } as Mapping['responses'] };
}

function ownerOf({ id, name, pathTemplate }: CatalogMock): Pick<CatalogMock, 'id' | 'name' | 'pathTemplate'> {
  return { id, name, pathTemplate };
}

function placeOf(place: number | undefined): { place?: number } {
  return place === undefined ? {} : { place };
}

function scenarioOf({ scenario }: CatalogMock): string {
  return scenario?.name ?? '';
}

/** Why a mock cannot be compared at all; undefined when it can. */
export function whyIncomparable({ mapping }: CatalogMock): string | undefined {
  for (const { spec } of responsesOf(mapping)) {
    if (spec.proxyBaseUrl !== undefined) return 'it passes its requests on to a backend itself';
    if (spec.resource !== undefined) return 'it is a resource, which answers out of its own items';
    if (spec.serverSentEvents !== undefined && spec.serverSentEvents !== null) return 'it answers a stream of events';
    if (spec.fault !== undefined && spec.fault !== null) return 'it answers with a fault';
  }
  return undefined;
}
