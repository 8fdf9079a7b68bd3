import { collapseRecorded } from './collapse-recorded';
import { type Mapping } from './mapping-schema';
import { compileRequestPattern } from './pattern';
import { type RecordedExchange } from './recorded-exchange';
import { recordedLatency } from './recorded-latency';
import { type RecordedMapping } from './recorded-mapping';
import { recordedRequest } from './recorded-request';
import { recordedResponse } from './recorded-response';
import { type RecordSpec } from './record-spec';
import { safeName } from './safe-name';
import { scenarioStart } from './scenario';

/**
 * The mappings that give the recorded answers again, newest exchange first, as WireMock makes them. What was asked several times is a
 * scenario that gives the answers in their order and stays at the last, or, if the spec says so, the newest answer.
 */
export function recordedMappings(
  exchanges: readonly RecordedExchange[],
  spec: RecordSpec,
  newId: (exchange: RecordedExchange) => string,
): RecordedMapping[] {
  const steps = recordedMappingsInSteps(exchanges, spec, newId);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, stopping after each exchange: of thousands nobody else shall have to wait for all. */
export function* recordedMappingsInSteps(
  exchanges: readonly RecordedExchange[],
  spec: RecordSpec,
  newId: (exchange: RecordedExchange) => string,
): Generator<undefined, RecordedMapping[]> {
  const fits = filterOf(spec);
  const made: RecordedMapping[] = [];
  for (const exchange of [...exchanges].sort((a, b) => b.receivedAt - a.receivedAt)) {
    if (fits(exchange)) made.push(makeMapping(exchange, spec, newId(exchange)));
    yield;
  }
  const distinct = spec.collapse === true ? withoutEchoes(made) : made;
  const placed = putInScenarios(distinct, spec.repeatsAsScenarios ?? true);
  const collapsed = spec.collapse === true ? collapseRecorded(placed) : placed;
  return collapsed.map(one => finish(one, spec));
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
  const { request, raw, tookMs } = exchange;
  const name = safeName(request.path);
  const { response, file } = recordedResponse(exchange, { spec, fileStem: name === '' ? id : `${name}-${id}` });
  const mapping: Mapping = {
    id,
    name,
    request: recordedRequest(request, spec, raw),
    response,
    ...(spec.persist !== false && { persistent: true }),
  };
  return { id, mapping, file, tookMs: [tookMs] };
}

function finish(one: RecordedMapping, { latency, drafts }: RecordSpec): RecordedMapping {
  const response = { ...one.mapping.response, ...recordedLatency(one.tookMs, latency) };
  return { ...one, mapping: { ...one.mapping, response, ...(drafts === true && { draft: true }) } };
}

/** The same question with the same answer is one, however often it was asked. */
function withoutEchoes(made: readonly RecordedMapping[]): RecordedMapping[] {
  const distinct = new Map<string, RecordedMapping>();
  for (const one of made) {
    const { request, response } = one.mapping;
    const key = one.file === undefined ? JSON.stringify([request, response]) : one.id;
    const known = distinct.get(key);
    distinct.set(key, known === undefined ? one : { ...known, tookMs: [...known.tookMs, ...one.tookMs] });
  }
  return [...distinct.values()];
}

function groupByRequest(made: readonly RecordedMapping[]): RecordedMapping[][] {
  const groups = new Map<string, RecordedMapping[]>();
  for (const one of made) {
    const key = JSON.stringify(one.mapping.request);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** Newest first, in and out. */
function putInScenarios(made: readonly RecordedMapping[], repeatsAsScenarios: boolean): RecordedMapping[] {
  const groups = groupByRequest(made);
  if (!repeatsAsScenarios)
    return groups.map(group => ({ ...group[0]!, tookMs: group.flatMap(({ tookMs }) => tookMs) }));
  const placed = new Map<string, RecordedMapping>();
  let count = 0;
  for (const group of groups) {
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
