import { type Condition, type ConditionGroup } from './condition';
import { keyOf, type EqualityKey } from './equality-key';
import { readGraphqlDocument } from './graphql-document';
import { type GraphqlRequest } from './graphql-request';
import { isObject } from './is-object';
import { toJsonText } from './json-path';
import { type GraphqlPattern } from './mapping-schema';
import { type Compiled, type ValueMatcher } from './matcher';
import { at, type Mistake } from './mistake';
import { absentSubject, TextSubject, type MockRequest } from './mock-request';
import { compileValueMatcher } from './value-matcher';

/** Compiles the `graphql` of a request pattern: a condition for the operation's name, its type, the document and each variable. */
export function compileGraphql(pattern: GraphqlPattern, pointer: string): Compiled<ConditionGroup> {
  const conditions: Condition[] = [isGraphql];
  const keys: EqualityKey[] = [];
  const mistakes: Mistake[] = [];
  const compile = (operand: unknown, where: string): ValueMatcher | undefined => {
    const compiled = compileValueMatcher(operand, where);
    if (!compiled.ok) mistakes.push(...compiled.mistakes);
    return compiled.ok ? compiled.value : undefined;
  };
  if (pattern.operationName !== undefined) {
    const operand = isObject(pattern.operationName) ? pattern.operationName : { equalTo: pattern.operationName };
    const matcher = compile(operand, at(pointer, 'operationName'));
    if (matcher !== undefined) {
      conditions.push(condition('GraphQL operation name', matcher.expected, matched(matcher, nameOf)));
      keys.push(...(matcher.equality ?? []).flatMap(equality => keyOf('graphql:operationName', equality)));
    }
  }
  if (pattern.operationType !== undefined) {
    const wanted = pattern.operationType;
    const read = (request: GraphqlRequest): string | undefined => request.operation?.type;
    conditions.push(condition('GraphQL operation type', wanted, { read, holds: request => read(request) === wanted }));
  }
  if (pattern.query !== undefined) {
    const wanted = readGraphqlDocument(pattern.query);
    if (wanted === undefined)
      mistakes.push({ pointer: at(pointer, 'query'), message: 'is no GraphQL document of at most 256 KiB' });
    conditions.push(
      condition('GraphQL query', pattern.query, {
        read: request => request.query,
        holds: request => wanted !== undefined && request.document?.normalForm === wanted.normalForm,
      }),
    );
  }
  for (const [name, operand] of Object.entries(pattern.variables ?? {})) {
    const matcher = compile(operand, at(at(pointer, 'variables'), name));
    if (matcher !== undefined)
      conditions.push(condition(`GraphQL variable ${name}`, matcher.expected, matched(matcher, variableOf(name))));
  }
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, value: { conditions, keys } };
}

const isGraphql: Condition = {
  part: 'GraphQL request',
  expected: 'a GraphQL operation',
  needsBody: true,
  holds: request => request.graphql !== undefined,
  actual: request => (request.isAbsent ? undefined : request.text),
};

interface Question {
  readonly read: (request: GraphqlRequest) => string | undefined;
  readonly holds: (request: GraphqlRequest, now: number | undefined) => boolean;
}

/** Without GraphQL none of them holds, and near misses name the one reason. */
function condition(part: string, expected: string, { read, holds }: Question): Condition {
  const of = <T>(request: MockRequest, ask: (graphql: GraphqlRequest) => T): T | undefined =>
    request.graphql === undefined ? undefined : ask(request.graphql);
  return {
    part,
    expected,
    needsBody: true,
    holds: request => of(request, graphql => holds(graphql, request.now)) === true,
    actual: request => of(request, read),
  };
}

function matched(matcher: ValueMatcher, read: Question['read']): Question {
  return {
    read,
    holds: (request, now) => {
      const text = read(request);
      return matcher.matches(text === undefined ? absentSubject : new TextSubject(text, undefined, now));
    },
  };
}

function nameOf(request: GraphqlRequest): string | undefined {
  return request.operationName;
}

/** The JSON of a variable, or its text when it is one; null is as absent as nothing. */
function variableOf(name: string): Question['read'] {
  return ({ variables }) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === undefined || value === null ? undefined : toJsonText(value);
  };
}
