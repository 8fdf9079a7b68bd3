/* eslint-disable @typescript-eslint/no-unsafe-enum-comparison -- the enum of node kinds exists once the library is loaded, its texts are fixed */
import type * as Language from 'graphql/language';
import { lazyLibraries } from './lazy-libraries';

/** A GraphQL document as conditions see it. */
export interface GraphqlDocument {
  readonly operations: readonly GraphqlOperation[];
  /** The same text for documents that differ in layout, comments or the order of fields, arguments and definitions only. */
  readonly normalForm: string;
}

export interface GraphqlOperation {
  readonly name: string | undefined;
  readonly type: 'query' | 'mutation' | 'subscription';
}

const maxLength = 262_144;
const maxTokens = 20_000;
/** Clients send the same few documents again and again. */
const maxKept = 500;
const maxKeptLength = 16_384;
const kept = new Map<string, GraphqlDocument | undefined>();

/** Reads a document of at most 256 KiB and 20,000 tokens; undefined for what is none. Never throws. */
export function readGraphqlDocument(text: string): GraphqlDocument | undefined {
  if (kept.has(text)) return kept.get(text);
  const document = parse(text);
  if (text.length <= maxKeptLength) {
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value!);
    kept.set(text, document);
  }
  return document;
}

function parse(text: string): GraphqlDocument | undefined {
  if (text.length > maxLength) return undefined;
  try {
    const { definitions } = lazyLibraries.graphql().parse(text, { noLocation: true, maxTokens });
    return {
      operations: definitions.flatMap(node =>
        node.kind === 'OperationDefinition' ? [{ name: node.name?.value, type: node.operation }] : [],
      ),
      normalForm: definitions.map(write).sort().join(' '),
    };
  } catch {
    return undefined; // a syntax error, or nested too deeply for the stack
  }
}

type Node = Language.ASTNode;

/** One spelling for all of a kind. What no request holds, such as type definitions, has none of its own. */
function write(node: Node): string {
  switch (node.kind) {
    case 'OperationDefinition':
      return `${node.operation} ${node.name?.value ?? ''}${bracketed('()', node.variableDefinitions)}${row(node.directives)}${write(node.selectionSet)}`;
    case 'VariableDefinition':
      return `${write(node.variable)}:${write(node.type)}${node.defaultValue === undefined ? '' : `=${write(node.defaultValue)}`}${row(node.directives)}`;
    case 'SelectionSet':
      return bracketed('{}', node.selections);
    case 'Field':
      return `${node.alias === undefined ? '' : `${node.alias.value}:`}${node.name.value}${bracketed('()', node.arguments)}${row(node.directives)}${node.selectionSet === undefined ? '' : write(node.selectionSet)}`;
    case 'FragmentSpread':
      return `...${node.name.value}${row(node.directives)}`;
    case 'InlineFragment':
      return `...${node.typeCondition === undefined ? '' : ` on ${node.typeCondition.name.value}`}${row(node.directives)}${write(node.selectionSet)}`;
    case 'FragmentDefinition':
      return `fragment ${node.name.value} on ${node.typeCondition.name.value}${row(node.directives)}${write(node.selectionSet)}`;
    case 'Directive':
      return `@${node.name.value}${bracketed('()', node.arguments)}`;
    case 'Argument':
    case 'ObjectField':
      return `${node.name.value}:${write(node.value)}`;
    case 'Variable':
      return `$${node.name.value}`;
    case 'ObjectValue':
      return bracketed('{}', node.fields);
    case 'ListValue':
      return `[${row(node.values)}]`;
    case 'StringValue':
      return JSON.stringify(node.value);
    case 'NullValue':
      return 'null';
    case 'IntValue':
    case 'FloatValue':
    case 'EnumValue':
    case 'BooleanValue':
      return String(node.value);
    case 'NamedType':
      return node.name.value;
    case 'ListType':
      return `[${write(node.type)}]`;
    case 'NonNullType':
      return `${write(node.type)}!`;
    default:
      return node.kind;
  }
}

/** In any order. */
function bracketed(brackets: '()' | '{}', nodes: readonly Node[] | undefined): string {
  return nodes === undefined || nodes.length === 0
    ? ''
    : `${brackets[0]!}${nodes.map(write).sort().join(' ')}${brackets[1]!}`;
}

/** In the order given: lists, and directives, whose order may matter. */
function row(nodes: readonly Node[] | undefined): string {
  return (nodes ?? []).map(write).join(' ');
}
