import { compileScenario } from './compile-scenario';
import { delayDistributionFields } from './delay';
import { eventStreamSchema } from './event-script';
import { faultFields } from './fault';
import { isObject } from './is-object';
import { isDeeperThan, maxJsonDepth } from './json-value';
import {
  mappingSchema,
  requestPatternSchema,
  responseSchema,
  type Mapping,
  type RequestPattern,
  type ResponseSpec,
} from './mapping-schema';
import { at, type Mistake } from './mistake';
import { dribbleSchema } from './pace';
import { proxyMistakes } from './proxy-reply';
import { compileRequest } from './request-matcher';
import { compileResource } from './resource';
import { compileStateActions } from './state-action';
import { templateMistakes, templateTransformer } from './template-reply';
import { compileResourcePath } from './url-matcher';
import { unknownListeners, webhookMistakes } from './webhook';
import { mistakesOf } from './zod-mistakes';

export type MappingReading =
  | { readonly ok: true; readonly mapping: Mapping; readonly unknownFields: readonly string[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** WireMock's fields that this version stores but does not act on yet are reported like unknown ones. */
const knownFields = {
  mapping: new Set(Object.keys(mappingSchema.shape)),
  request: new Set(Object.keys(requestPatternSchema.shape)),
  response: new Set(Object.keys(responseSchema.shape)),
  responses: new Set(['pick', 'from', 'afterLast', 'seed']),
  dribble: new Set(Object.keys(dribbleSchema.shape)),
  fault: new Set(faultFields),
  stream: new Set(Object.keys(eventStreamSchema.shape)),
  event: new Set(Object.keys(eventStreamSchema.shape.events.element.shape)),
};

/**
 * Checks a mapping as a user wrote it. On success `mapping` is the input itself, unknown fields included, and `unknownFields`
 * are JSON Pointers to what is kept but has no effect. On failure every mistake is listed.
 */
export function readMapping(input: unknown): MappingReading {
  if (isDeeperThan(input, maxJsonDepth))
    return { ok: false, mistakes: [{ pointer: '', message: `is nested deeper than ${maxJsonDepth} levels` }] };
  const parsed = mappingSchema.safeParse(input);
  const mistakes: Mistake[] = parsed.success ? [] : mistakesOf(parsed.error, input);
  if (parsed.success) {
    const { id, uuid, request = {} } = parsed.data;
    if (id !== undefined && uuid !== undefined && id.toLowerCase() !== uuid.toLowerCase())
      mistakes.push({ pointer: '/uuid', message: 'differs from id; give one of the two, or the same in both' });
    mistakes.push(...requestMistakes(request, '/request'));
    mistakes.push(...scenarioMistakes(parsed.data), ...stateMistakes(parsed.data), ...resourceMistakes(parsed.data));
    mistakes.push(...responseMistakes(parsed.data.response ?? {}, '/response'));
    mistakes.push(...responsesMistakes(parsed.data.responses ?? undefined));
    mistakes.push(...webhookMistakes(parsed.data));
  }
  if (mistakes.length > 0) return { ok: false, mistakes };
  const mapping = input as Mapping;
  return { ok: true, mapping, unknownFields: unknownFieldsOf(mapping) };
}

function scenarioMistakes(mapping: Mapping): readonly Mistake[] {
  const scenario = compileScenario(mapping, undefined);
  if (!scenario.ok) return scenario.mistakes;
  if (scenario.step !== undefined || mapping.scenarioKey === undefined || mapping.scenarioKey === null) return [];
  return [{ pointer: '/scenarioKey', message: 'needs a scenarioName beside it' }];
}

function stateMistakes({ state = [] }: Mapping): readonly Mistake[] {
  const actions = compileStateActions(state, '/state');
  return actions.ok ? [] : actions.mistakes;
}

function resourceMistakes({ request = {}, response }: Mapping): readonly Mistake[] {
  const spec = response?.resource;
  if (spec === undefined) return [];
  const path = compileResourcePath(request, '/request');
  if (!path.ok) return path.mistakes;
  const resource = compileResource(spec, path.value, '/response/resource');
  return resource.ok ? [] : resource.mistakes;
}

function requestMistakes(request: RequestPattern, pointer: string): readonly Mistake[] {
  const compiled = compileRequest(request, pointer);
  return compiled.ok ? [] : compiled.mistakes;
}

/** Where each of several responses stands, beside the rule for it. */
function responsesOf(
  responses: Mapping['responses'],
): { readonly pointer: string; readonly response: ResponseSpec; readonly when: RequestPattern | undefined }[] {
  if (responses === undefined || responses === null) return [];
  return responses.from.map((one, i) => ({
    pointer: at('/responses/from', i),
    response: one.response ?? {},
    when: 'when' in one && responses.pick === 'rules' ? (one.when as RequestPattern) : undefined,
  }));
}

function responsesMistakes(responses: Mapping['responses']): Mistake[] {
  return responsesOf(responses).flatMap(({ pointer, response, when }) => [
    ...(when === undefined ? [] : requestMistakes(when, at(pointer, 'when'))),
    ...responseMistakes(response, at(pointer, 'response')),
  ]);
}

function responseMistakes(spec: ResponseSpec, pointer: string): Mistake[] {
  const mistakes = [...templateMistakes(spec, pointer), ...proxyMistakes(spec, pointer)];
  if (isGiven(spec.chunkedDribbleDelay) && isGiven(spec.bandwidthBytesPerSecond))
    mistakes.push({
      pointer: at(pointer, 'bandwidthBytesPerSecond'),
      message: 'is given beside chunkedDribbleDelay, which says the pace too; give one of the two',
    });
  return mistakes;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function unknownFieldsOf(mapping: Mapping): string[] {
  const unknown: string[] = unknownListeners(mapping);
  const look = (part: unknown, known: ReadonlySet<string>, pointer: string): void => {
    if (!isObject(part)) return;
    for (const key of Object.keys(part)) if (!known.has(key)) unknown.push(at(pointer, key));
  };
  look(mapping, knownFields.mapping, '');
  look(mapping.request, knownFields.request, '/request');
  const lookAtResponse = (response: ResponseSpec | undefined, pointer: string): void => {
    look(response, knownFields.response, pointer);
    look(response?.chunkedDribbleDelay, knownFields.dribble, at(pointer, 'chunkedDribbleDelay'));
    look(response?.fault, knownFields.fault, at(pointer, 'fault'));
    const stream = response?.serverSentEvents;
    look(stream, knownFields.stream, at(pointer, 'serverSentEvents'));
    for (const [i, event] of (stream?.events ?? []).entries())
      look(event, knownFields.event, at(at(at(pointer, 'serverSentEvents'), 'events'), i));
    const { delayDistribution } = response ?? {};
    if (isObject(delayDistribution))
      look(
        delayDistribution,
        new Set(delayDistributionFields[delayDistribution.type]),
        at(pointer, 'delayDistribution'),
      );
    for (const [i, name] of (response?.transformers ?? []).entries())
      if (name !== templateTransformer) unknown.push(at(at(pointer, 'transformers'), i));
  };
  lookAtResponse(mapping.response, '/response');
  look(mapping.responses, knownFields.responses, '/responses');
  for (const { pointer, response, when } of responsesOf(mapping.responses)) {
    lookAtResponse(response, at(pointer, 'response'));
    look(when, knownFields.request, at(pointer, 'when'));
  }
  return unknown;
}
