import { type Placeholder } from './xml-placeholder';
import { nodeTypes, type XmlDocument, type XmlNode } from './xml-document';

/** XMLUnit's comparisons that can tell two documents apart. */
export const xmlComparisons = [
  'ELEMENT_TAG_NAME',
  'SCHEMA_LOCATION',
  'NO_NAMESPACE_SCHEMA_LOCATION',
  'NODE_TYPE',
  'NAMESPACE_URI',
  'TEXT_VALUE',
  'PROCESSING_INSTRUCTION_TARGET',
  'PROCESSING_INSTRUCTION_DATA',
  'ELEMENT_NUM_ATTRIBUTES',
  'ATTR_VALUE',
  'CHILD_NODELIST_LENGTH',
  'CHILD_LOOKUP',
  'ATTR_NAME_LOOKUP',
] as const;
export type XmlComparison = (typeof xmlComparisons)[number];

export interface XmlEqualityOptions {
  readonly exempted: ReadonlySet<string>;
  readonly ignoreOrderOfSameNode: boolean;
  /** Sorting needs local names, which elements do not have where names are taken as written. */
  readonly hasLocalNames: boolean;
  readonly placeholder: ((text: string) => Placeholder | undefined) | undefined;
}

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';

/**
 * Whether a document equals the expected one as WireMock's `equalToXml` (XMLUnit) has it. Spaces around texts, comments and the order
 * of elements with different names do not count. Both documents must have been through {@link trimTexts}.
 *
 * Two things look odd and are WireMock's: an element with several children, of which one is no element, equals nothing; and so does
 * one with several children when names are taken as written.
 */
export function xmlEquals(expected: XmlDocument, given: XmlDocument, options: XmlEqualityOptions): boolean {
  return new Comparison(options).nodes(expected, given);
}

class Comparison {
  constructor(private readonly options: XmlEqualityOptions) {}

  nodes(expected: XmlNode, given: XmlNode): boolean {
    if (expected.nodeType !== given.nodeType && !this.mayDifferInType(expected, given)) return false;
    if (expected.namespaceURI !== null && expected.namespaceURI !== given.namespaceURI && this.counts('NAMESPACE_URI'))
      return false;
    return this.childCounts(expected, given) && this.own(expected, given) && this.children(expected, given);
  }

  private counts(comparison: XmlComparison): boolean {
    return !this.options.exempted.has(comparison);
  }

  /** A placeholder in place of an expected text; `undefined` where there is none. */
  private placeholderAllows(expected: string, given: string | undefined): boolean | undefined {
    return this.options.placeholder?.(expected)?.(given);
  }

  private mayDifferInType(expected: XmlNode, given: XmlNode): boolean {
    if (!this.counts('NODE_TYPE')) return true;
    return isText(expected) && isText(given) && this.placeholderAllows(expected.data, given.data) === true;
  }

  private childCounts(expected: XmlNode, given: XmlNode): boolean {
    const wanted = expected.childNodes.length;
    if (wanted === given.childNodes.length || !this.counts('CHILD_NODELIST_LENGTH')) return true;
    const only = expected.childNodes[0];
    return (
      wanted === 1 &&
      given.childNodes.length === 0 &&
      isText(only!) &&
      this.placeholderAllows(only!.data, undefined) === true
    );
  }

  private own(expected: XmlNode, given: XmlNode): boolean {
    if (isText(expected)) return !isText(given) || this.texts('TEXT_VALUE', expected.data, given.data);
    if (expected.nodeType === nodeTypes.instruction && given.nodeType === nodeTypes.instruction) {
      return (
        (expected.nodeName === given.nodeName || !this.counts('PROCESSING_INSTRUCTION_TARGET')) &&
        (expected.data === given.data || !this.counts('PROCESSING_INSTRUCTION_DATA'))
      );
    }
    if (expected.nodeType !== nodeTypes.element || given.nodeType !== nodeTypes.element) return true;
    return (
      (expected.localName === given.localName || !this.counts('ELEMENT_TAG_NAME')) && this.attributes(expected, given)
    );
  }

  private texts(comparison: 'TEXT_VALUE' | 'ATTR_VALUE', expected: string, given: string): boolean {
    return expected === given || !this.counts(comparison) || this.placeholderAllows(expected, given) === true;
  }

  private attributes(expected: XmlNode, given: XmlNode): boolean {
    const wanted = sortAttributes(expected);
    const found = sortAttributes(given);
    return (
      this.attributeCounts(wanted.plain, found.plain) &&
      this.typeNames(wanted.type, found.type) &&
      this.locations('SCHEMA_LOCATION', wanted.schemaLocation, found.schemaLocation) &&
      this.locations(
        'NO_NAMESPACE_SCHEMA_LOCATION',
        wanted.noNamespaceSchemaLocation,
        found.noNamespaceSchemaLocation,
      ) &&
      [...wanted.plain].every(([name, value]) => this.attribute(value, found.plain.get(name)))
    );
  }

  private attributeCounts(expected: ReadonlyMap<string, string>, given: ReadonlyMap<string, string>): boolean {
    if (expected.size === given.size || !this.counts('ELEMENT_NUM_ATTRIBUTES')) return true;
    // A placeholder may stand for an attribute that is not there; none stands for one too many.
    const missing = [...expected].filter(([name]) => !given.has(name));
    return (
      expected.size - missing.length === given.size &&
      missing.every(([, value]) => this.placeholderAllows(value, undefined) === true)
    );
  }

  private attribute(expected: string, given: string | undefined): boolean {
    if (given !== undefined) return this.texts('ATTR_VALUE', expected, given);
    return !this.counts('ATTR_NAME_LOOKUP') || this.placeholderAllows(expected, undefined) === true;
  }

  private typeNames(expected: string | undefined, given: string | undefined): boolean {
    if (expected === undefined) return true;
    return given === undefined ? !this.counts('ATTR_NAME_LOOKUP') : expected === given || !this.counts('ATTR_VALUE');
  }

  private locations(comparison: XmlComparison, expected: string | undefined, given: string | undefined): boolean {
    return expected === undefined || expected === given || !this.counts(comparison);
  }

  private children(expected: XmlNode, given: XmlNode): boolean {
    const wanted = this.sortChildren(expected.childNodes);
    const found = this.sortChildren(given.childNodes);
    if (wanted === undefined || found === undefined) return false;
    return wanted.every((child, i) => {
      const partner = found[i];
      if (partner !== undefined && canBePaired(child, partner)) return this.nodes(child, partner);
      if (!this.counts('CHILD_LOOKUP')) return true;
      return isText(child) && this.placeholderAllows(child.data, undefined) === true;
    });
  }

  private sortChildren(children: readonly XmlNode[]): readonly XmlNode[] | undefined {
    if (children.length < 2) return children;
    if (!this.options.hasLocalNames || children.some(child => child.nodeType !== nodeTypes.element)) return undefined;
    const keyed = children.map(child => ({
      child,
      name: child.localName ?? '',
      text: this.options.ignoreOrderOfSameNode ? child.textContent : '',
    }));
    return keyed.sort((a, b) => order(a.name, b.name) || order(a.text, b.text)).map(({ child }) => child);
  }
}

/** Leaves out spaces around texts and attribute values, and texts of nothing else. */
export function trimTexts(document: XmlDocument): XmlDocument {
  const trim = (node: XmlNode): void => {
    for (const attribute of node.attributeList) attribute.nodeValue = javaTrim(attribute.data);
    const kept = node.childNodes.filter(child => {
      if (child.nodeValue !== null) child.nodeValue = javaTrim(child.nodeValue);
      if (child.nodeType === nodeTypes.element) trim(child);
      return !isText(child) || child.data !== '';
    });
    if (kept.length === node.childNodes.length) return;
    node.childNodes.length = 0;
    for (const child of kept) node.append(child);
  };
  trim(document);
  return document;
}

function javaTrim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end);
}

function isText(node: XmlNode): boolean {
  return node.nodeType === nodeTypes.text || node.nodeType === nodeTypes.cdata;
}

function canBePaired(expected: XmlNode, given: XmlNode): boolean {
  return expected.nodeType === given.nodeType || (isText(expected) && isText(given));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface SortedAttributes {
  readonly plain: Map<string, string>;
  type?: string;
  schemaLocation?: string;
  noNamespaceSchemaLocation?: string;
}

function sortAttributes(node: XmlNode): SortedAttributes {
  const sorted: SortedAttributes = { plain: new Map() };
  for (const { namespaceURI, localName, data } of node.attributeList) {
    if (
      namespaceURI === schemaInstance &&
      (localName === 'type' || localName === 'schemaLocation' || localName === 'noNamespaceSchemaLocation')
    )
      sorted[localName] = data;
    else sorted.plain.set(`${namespaceURI ?? ''} ${localName}`, data);
  }
  return sorted;
}
