import { type ConditionGroup } from './condition';
import { compileGraphql } from './graphql-matcher';
import { isObject } from './is-object';
import { plainClaims } from './jwt-matcher';
import { toJsonText } from './json-path';
import { mistake, type Compiled } from './matcher';
import { at } from './mistake';
import { TextSubject, type MockRequest } from './mock-request';
import { compileValueMatcher } from './value-matcher';

/**
 * WireMock's `customMatcher` names code of an extension. Here no user code runs; two extensions that many teams use are built in under
 * their names. Any other is refused: without it the mock would match too much.
 */
export function compileCustomMatcher(custom: unknown, pointer: string): Compiled<ConditionGroup> {
  const name = isObject(custom) ? custom['name'] : undefined;
  const parameters = isObject(custom) && isObject(custom['parameters']) ? custom['parameters'] : {};
  const here = at(pointer, 'parameters');
  if (name === 'graphql-body-matcher') return compileGraphqlBody(parameters, here);
  if (name === 'jwt-matcher') return compileToken(parameters, here);
  return mistake(
    at(pointer, 'name'),
    'is code of a WireMock extension, which does not run here; known are graphql-body-matcher and jwt-matcher, and request.graphql and the matcher jwt say more',
  );
}

/** The query in any layout, the variables exactly, the operation's name when it is given. */
function compileGraphqlBody(parameters: Readonly<Record<string, unknown>>, pointer: string): Compiled<ConditionGroup> {
  const { query, operationName, variables } = parameters;
  if (typeof query !== 'string') return mistake(at(pointer, 'query'), 'takes a GraphQL document');
  const compiled = compileGraphql(
    { query, ...(typeof operationName === 'string' && operationName !== '' ? { operationName } : {}) },
    pointer,
  );
  const wanted = compileValueMatcher({ equalToJson: variables ?? {} }, at(pointer, 'variables'));
  if (!compiled.ok) return compiled;
  if (!wanted.ok) return wanted;
  const variablesOf = (request: MockRequest): string => toJsonText(request.graphql?.variables ?? {});
  const condition = {
    part: 'GraphQL variables',
    expected: wanted.value.expected,
    needsBody: true,
    holds: (request: MockRequest) => wanted.value.matches(new TextSubject(variablesOf(request))),
    actual: variablesOf,
  };
  return { ok: true, value: { ...compiled.value, conditions: [...compiled.value.conditions, condition] } };
}

/** Header and payload of the token in `Authorization`, by equal values. */
function compileToken(parameters: Readonly<Record<string, unknown>>, pointer: string): Compiled<ConditionGroup> {
  if (parameters['request'] !== undefined)
    return mistake(at(pointer, 'request'), 'is a request in a request; put its conditions beside customMatcher');
  const [header, claims] = [plainClaims(parameters['header']), plainClaims(parameters['payload'])];
  if (header === undefined || claims === undefined)
    return mistake(pointer, 'takes header and payload, each an object of names and values');
  const compiled = compileValueMatcher({ jwt: { header, claims } }, pointer);
  if (!compiled.ok) return compiled;
  const { value: matcher } = compiled;
  const tokens = (request: MockRequest): readonly string[] => request.header('authorization');
  return {
    ok: true,
    value: {
      keys: [],
      conditions: [
        {
          part: 'header Authorization',
          expected: matcher.expected,
          needsBody: false,
          holds: request => tokens(request).some(one => matcher.matches(new TextSubject(one, undefined, request.now))),
          actual: request => (tokens(request).length > 0 ? '(another token)' : undefined),
        },
      ],
    },
  };
}
