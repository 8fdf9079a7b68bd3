import { lazyLibraries } from './lazy-libraries';
import { type XmlDocument, type XmlNode } from './xml-document';
import { type XmlReadingOptions } from './xml-parser';
import { renderNode } from './xml-render';

/** An XPath 1.0 expression ready to be tried. */
export interface XPath {
  readonly text: string;
  /** How a document must be read for it. */
  readonly reading: XmlReadingOptions;
  /** What is found, in document order, each as a text made on demand; a number, text or truth value is one thing found. Never throws. */
  evaluate(document: XmlDocument): readonly (() => string)[];
}

export type XPathReading =
  { readonly ok: true; readonly path: XPath } | { readonly ok: false; readonly message: string };

const maxExpressionLength = 2_000;

const functions = new Set(
  (
    'last position count id local-name namespace-uri name string concat starts-with contains substring-before substring-after ' +
    'substring string-length normalize-space translate boolean not true false lang number sum floor ceiling round'
  ).split(' '),
);

/** What the `xpath` library has besides its types. */
interface XPathLibrary {
  parse(text: string): { readonly expression: object; evaluate(options: object): unknown };
  readonly FunctionCall: new (...args: never[]) => { readonly functionName: string };
  readonly VariableReference: new (...args: never[]) => { readonly variable: string };
}

/** Compiles an expression. Without `namespaces` names match whatever their prefix and namespace, as in WireMock. */
export function compileXPath(text: string, namespaces: ReadonlyMap<string, string> | undefined): XPathReading {
  if (text.length > maxExpressionLength)
    return { ok: false, message: `is longer than ${maxExpressionLength} characters` };
  const library = lazyLibraries.xpath() as unknown as XPathLibrary;
  let parsed: ReturnType<XPathLibrary['parse']>;
  try {
    parsed = library.parse(text);
  } catch {
    return { ok: false, message: 'is not a valid XPath 1.0 expression' };
  }
  const unknown = unknownPart(parsed.expression, library);
  if (unknown !== undefined) return { ok: false, message: unknown };
  const known = { ...Object.fromEntries(namespaces ?? []), xml: 'http://www.w3.org/XML/1998/namespace' };
  const evaluate = (node: XmlDocument): readonly (() => string)[] => {
    try {
      return textsOf(parsed.evaluate({ node, namespaces: known }));
    } catch {
      // A prefix that is not declared, or more work than one search may take.
      return [];
    }
  };
  const names = namespaces === undefined ? 'local' : 'aware';
  return { ok: true, path: { text, reading: { names, keepComments: true, joinCData: true }, evaluate } };
}

function unknownPart(tree: object, library: XPathLibrary): string | undefined {
  const seen = new Set<object>();
  const queue = [tree];
  for (let part = queue.pop(); part !== undefined; part = queue.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    if (part instanceof library.FunctionCall && !functions.has(part.functionName))
      return `calls ${part.functionName}(), which XPath 1.0 does not have`;
    if (part instanceof library.VariableReference) return `reads the variable $${part.variable}; there are none`;
    for (const inner of Object.values(part) as unknown[])
      if (typeof inner === 'object' && inner !== null) queue.push(inner);
  }
  return undefined;
}

interface NodeSet {
  toArray(): XmlNode[];
}

function textsOf(result: unknown): readonly (() => string)[] {
  if (isNodeSet(result)) return result.toArray().map(node => () => renderFound(node));
  const { str, num, b } = result as { str?: string; num?: number; b?: boolean };
  if (num !== undefined) return [() => numberText(num)];
  return [() => str ?? String(b ?? false)];
}

function isNodeSet(result: unknown): result is NodeSet {
  return typeof (result as Partial<NodeSet> | null)?.toArray === 'function';
}

function renderFound(node: XmlNode): string {
  // Namespace nodes are the library's own.
  return typeof node.compareDocumentPosition === 'function' ? renderNode(node) : String(node.nodeValue ?? '');
}

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3, roundingMode: 'halfEven' } as object);

/** As Java's `NumberFormat` writes it: 1,234.568. */
function numberText(value: number): string {
  return format.format(value);
}
