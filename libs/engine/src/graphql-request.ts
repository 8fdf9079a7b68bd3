import { readGraphqlDocument, type GraphqlDocument, type GraphqlOperation } from './graphql-document';
import { isObject } from './is-object';
import { readJson, type JsonReading } from './json-value';

/** Where a request keeps a GraphQL operation: https://graphql.github.io/graphql-over-http */
export interface GraphqlSource {
  readonly method: string;
  readonly text: string;
  readonly json: JsonReading;
  header(lowerName: string): readonly string[];
  queryParameter(name: string): readonly string[];
}

/** The GraphQL operation that a request asks for. Documents are parsed when a condition needs them. */
export class GraphqlRequest {
  private reading: { readonly document: GraphqlDocument | undefined } | undefined;

  constructor(
    /** Absent with a persisted query. */
    readonly query: string | undefined,
    private readonly givenName: string | undefined,
    readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  /** Undefined when there is none, or it cannot be read. */
  get document(): GraphqlDocument | undefined {
    return (this.reading ??= { document: this.query === undefined ? undefined : readGraphqlDocument(this.query) })
      .document;
  }

  /** The name that is asked for, else that of the only operation. */
  get operationName(): string | undefined {
    return this.givenName ?? this.operation?.name;
  }

  get operation(): GraphqlOperation | undefined {
    const operations = this.document?.operations ?? [];
    if (this.givenName !== undefined) return operations.find(({ name }) => name === this.givenName);
    return operations.length === 1 ? operations[0] : undefined;
  }
}

/** Reads a POST of JSON, a body of type application/graphql, or the parameters of a GET. Undefined: no GraphQL. A list of operations is none. */
export function readGraphqlRequest(source: GraphqlSource): GraphqlRequest | undefined {
  const parameter = (name: string): string | undefined => source.queryParameter(name)[0];
  if (source.method === 'GET' || source.method === 'HEAD')
    return made(
      parameter('query'),
      parameter('operationName'),
      variablesOf(parameter('variables')),
      parameter('extensions'),
    );
  if ((source.header('content-type')[0] ?? '').toLowerCase().startsWith('application/graphql') && !source.json.isJson)
    return made(source.text, parameter('operationName'), variablesOf(parameter('variables')), undefined);
  if (!source.json.isJson || !isObject(source.json.value)) return undefined;
  const { query, operationName, variables, extensions } = source.json.value;
  return made(query, operationName, variables, extensions);
}

function made(query: unknown, name: unknown, variables: unknown, extensions: unknown): GraphqlRequest | undefined {
  const hasQuery = typeof query === 'string' && query !== '';
  if (!hasQuery && (extensions === undefined || extensions === null)) return undefined;
  return new GraphqlRequest(
    hasQuery ? query : undefined,
    typeof name === 'string' && name !== '' ? name : undefined,
    isObject(variables) ? variables : {},
  );
}

function variablesOf(text: string | undefined): unknown {
  const reading = text === undefined ? undefined : readJson(text);
  return reading?.isJson === true ? reading.value : undefined;
}
