import { type Mapping } from './mapping-schema';
import { compileRequestPattern } from './pattern';
import { type RecordedExchange } from './recorded-exchange';
import { recordedRequest } from './recorded-request';
import { recordedResponse, type RecordedFile } from './recorded-response';
import { type RecordSpec } from './record-spec';
import { safeName } from './safe-name';
import { scenarioStart } from './scenario';

export interface RecordedMapping {
  readonly id: string;
  readonly mapping: Mapping;
  readonly file: RecordedFile | undefined;
}

/**
 * The mappings that give the recorded answers again, newest exchange first, as WireMock makes them. What was asked several times is a
 * scenario that gives the answers in their order and stays at the last, or, if the spec says so, the newest answer.
 */
export function recordedMappings(
  exchanges: readonly RecordedExchange[],
  spec: RecordSpec,
  newId: () => string,
): RecordedMapping[] {
  const fits = filterOf(spec);
  const made = exchanges
    .filter(fits)
    .sort((a, b) => b.receivedAt - a.receivedAt)
    .map(exchange => makeMapping(exchange, spec, newId()));
  return putInScenarios(made, spec.repeatsAsScenarios ?? true);
}

/** Which exchanges a spec wants. The pattern of its filters has been checked before. */
export function filterOf({ filters }: RecordSpec): (exchange: RecordedExchange) => boolean {
  const { ids, allowNonProxied, ...pattern } = filters ?? {};
  const wanted = ids == null ? undefined : new Set(ids.map(id => id.toLowerCase()));
  const compiled = compileRequestPattern(pattern);
  return ({ id, isProxied, request }) =>
    (isProxied || allowNonProxied === true) &&
    (wanted === undefined || wanted.has(id)) &&
    (!compiled.ok || compiled.matches(request));
}

function makeMapping(exchange: RecordedExchange, spec: RecordSpec, id: string): RecordedMapping {
  const name = safeName(exchange.request.path);
  const { response, file } = recordedResponse(exchange, { spec, fileStem: name === '' ? id : `${name}-${id}` });
  const mapping: Mapping = {
    id,
    name,
    request: recordedRequest(exchange.request, spec),
    response,
    ...(spec.persist !== false && { persistent: true }),
  };
  return { id, mapping, file };
}

/** Newest first, in and out. */
function putInScenarios(made: readonly RecordedMapping[], repeatsAsScenarios: boolean): RecordedMapping[] {
  const groups = new Map<string, RecordedMapping[]>();
  for (const one of made) {
    const key = JSON.stringify(one.mapping.request);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  if (!repeatsAsScenarios) return [...groups.values()].map(([newest]) => newest!);
  const placed = new Map<string, RecordedMapping>();
  let count = 0;
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const scenario = `scenario-${++count}-${pathParts(group[0]!.mapping)}`;
    const stateOf = (turn: number): string => (turn === 1 ? scenarioStart : `${scenario}-${turn}`);
    for (const [i, one] of group.entries()) {
      const turn = group.length - i;
      const next = turn < group.length ? { newScenarioState: stateOf(turn + 1) } : {};
      const mapping = { ...one.mapping, scenarioName: scenario, requiredScenarioState: stateOf(turn), ...next };
      placed.set(one.id, { ...one, mapping });
    }
  }
  return made.map(one => placed.get(one.id) ?? one);
}

function pathParts({ request }: Mapping): string {
  const path = (request?.urlPath ?? request?.url ?? '').split('?')[0] ?? '';
  return path
    .split('/')
    .filter(part => part !== '')
    .join('-')
    .slice(0, 400);
}
