import { compileScenario } from './compile-scenario';
import { isObject } from './is-object';
import { isDeeperThan, maxJsonDepth } from './json-value';
import { mappingSchema, requestPatternSchema, responseSchema, type Mapping } from './mapping-schema';
import { at, type Mistake } from './mistake';
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
    const compiled = compileRequest(request, '/request');
    if (!compiled.ok) mistakes.push(...compiled.mistakes);
    mistakes.push(...scenarioMistakes(parsed.data), ...stateMistakes(parsed.data), ...resourceMistakes(parsed.data));
    mistakes.push(...templateMistakes(parsed.data.response ?? {}, '/response'));
    mistakes.push(...proxyMistakes(parsed.data.response ?? {}, '/response'));
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

function unknownFieldsOf(mapping: Mapping): string[] {
  const unknown: string[] = unknownListeners(mapping);
  const look = (part: unknown, known: ReadonlySet<string>, pointer: string): void => {
    if (!isObject(part)) return;
    for (const key of Object.keys(part)) if (!known.has(key)) unknown.push(at(pointer, key));
  };
  look(mapping, knownFields.mapping, '');
  look(mapping.request, knownFields.request, '/request');
  look(mapping.response, knownFields.response, '/response');
  for (const [i, name] of (mapping.response?.transformers ?? []).entries())
    if (name !== templateTransformer) unknown.push(at('/response/transformers', i));
  return unknown;
}
