import { isObject } from './is-object';
import { done, mistake, type Compiled, type MatcherCompiler, type MatcherPlace, type ValueMatcher } from './matcher';
import { at } from './mistake';
import { TextBudget, TextSubject } from './mock-request';
import { trimTexts, xmlComparisons, xmlEquals, type XmlEqualityOptions } from './xml-equality';
import { XmlWorkSpent } from './xml-document';
import { readXml, type XmlReadingOptions } from './xml-parser';
import { compilePlaceholders, type Placeholder } from './xml-placeholder';
import { compileXPath, type XPath } from './xpath-expression';

/** How `equalToXml` reads both documents, by `namespaceAwareness`. */
const readings: Readonly<Record<string, XmlReadingOptions>> = {
  STRICT: { names: 'aware', keepComments: false, joinCData: false },
  LEGACY: { names: 'default', keepComments: false, joinCData: true },
  NONE: { names: 'literal', keepComments: false, joinCData: false },
};

const equalToXml: MatcherCompiler = ({ pattern, pointer }) => {
  const operand = pattern['equalToXml'];
  const here = at(pointer, 'equalToXml');
  if (typeof operand !== 'string') return mistake(here, 'takes an XML document as text');
  const awareness = pattern['namespaceAwareness'] ?? 'STRICT';
  const reading = typeof awareness === 'string' && Object.hasOwn(readings, awareness) ? readings[awareness] : undefined;
  if (reading === undefined) return mistake(at(pointer, 'namespaceAwareness'), 'takes STRICT, LEGACY or NONE');
  const expected = readXml(operand, reading);
  if (!expected.ok) return mistake(here, `is not well-formed XML: it ${expected.message}`);
  const exempted = exemptedOf(pattern, pointer);
  if (!exempted.ok) return exempted;
  const placeholder = placeholdersOf(pattern, pointer);
  if (!placeholder.ok) return placeholder;
  const document = trimTexts(expected.document);
  const options: XmlEqualityOptions = {
    exempted: exempted.value,
    ignoreOrderOfSameNode: pattern['ignoreOrderOfSameNode'] === true,
    hasLocalNames: reading.names !== 'literal',
    placeholder: placeholder.value?.read,
  };
  placeholder.value?.readAll(document);
  const wrong = placeholder.value?.mistakes[0];
  if (wrong !== undefined) return mistake(here, wrong);
  return done({
    matches: ({ text }) => {
      if (text === undefined || text === '') return false;
      const given = readXml(text, reading);
      return (
        given.ok &&
        withinWork(() => {
          document.work.left = given.document.work.left;
          return xmlEquals(document, trimTexts(given.document), options);
        })
      );
    },
    expected: `[equalToXml] ${operand}`,
  });
};

function exemptedOf(pattern: MatcherPlace['pattern'], pointer: string): Compiled<ReadonlySet<string>> {
  const names = pattern['exemptedComparisons'];
  if (names === undefined || names === null) return done(new Set());
  const here = at(pointer, 'exemptedComparisons');
  if (!Array.isArray(names)) return mistake(here, 'takes a list');
  const unknown = names.findIndex(name => !allComparisons.has(name as string));
  if (unknown >= 0) return mistake(at(here, unknown), `is not one of ${xmlComparisons.join(', ')}`);
  return done(new Set(names as string[]));
}

/** XMLUnit has more, which never tell documents apart here; they may be named all the same. */
const allComparisons: ReadonlySet<string> = new Set([
  ...xmlComparisons,
  'XML_VERSION',
  'XML_STANDALONE',
  'XML_ENCODING',
  'HAS_DOCTYPE_DECLARATION',
  'DOCTYPE_NAME',
  'DOCTYPE_PUBLIC_ID',
  'DOCTYPE_SYSTEM_ID',
  'NAMESPACE_PREFIX',
  'ATTR_VALUE_EXPLICITLY_SPECIFIED',
  'CHILD_NODELIST_SEQUENCE',
]);

interface Placeholders {
  readonly read: (text: string) => Placeholder | undefined;
  /** Reads those of a whole document, so that what is wrong in them is known at once. */
  readAll(document: XmlTree): void;
  readonly mistakes: readonly string[];
}

interface XmlTree {
  readonly nodeValue: string | null;
  readonly childNodes: readonly XmlTree[];
  readonly attributeList: readonly XmlTree[];
}

function placeholdersOf(pattern: MatcherPlace['pattern'], pointer: string): Compiled<Placeholders | undefined> {
  if (pattern['enablePlaceholders'] !== true) return done(undefined);
  const [opening, closing] = (['placeholderOpeningDelimiterRegex', 'placeholderClosingDelimiterRegex'] as const).map(
    name => (typeof pattern[name] === 'string' ? pattern[name] : undefined),
  );
  const compiled = compilePlaceholders({ opening, closing });
  if (!compiled.ok) {
    const name = compiled.part === 'opening' ? 'placeholderOpeningDelimiterRegex' : 'placeholderClosingDelimiterRegex';
    return mistake(at(pointer, name), compiled.message);
  }
  const known = new Map<string, Placeholder | undefined>();
  const readAll = (node: XmlTree): void => {
    if (node.nodeValue !== null && !known.has(node.nodeValue)) known.set(node.nodeValue, compiled.read(node.nodeValue));
    for (const inner of node.attributeList) readAll(inner);
    for (const inner of node.childNodes) readAll(inner);
  };
  return done({ read: text => known.get(text), readAll, mistakes: compiled.mistakes });
}

const matchesXPath: MatcherCompiler = ({ pattern, pointer, compileNested }) => {
  const operand = pattern['matchesXPath'];
  const here = at(pointer, 'matchesXPath');
  const isPlain = typeof operand === 'string';
  if (!isPlain && (!isObject(operand) || typeof operand['expression'] !== 'string'))
    return mistake(here, 'takes an XPath as text, or { "expression": "/a/b", <matcher> }');
  const expression = isPlain ? operand : String(operand['expression']);
  const { expression: _, xPathNamespaces: inner, ...rest } = isPlain ? {} : operand;
  const namespaces = namespacesOf(inner ?? pattern['xPathNamespaces'], at(pointer, 'xPathNamespaces'));
  if (!namespaces.ok) return namespaces;
  const compiled = compileXPath(expression, namespaces.value);
  if (!compiled.ok) return mistake(isPlain ? here : at(here, 'expression'), compiled.message);
  const { path } = compiled;
  if (isPlain)
    return done({
      matches: ({ text }) => found(path, text).length > 0,
      expected: `[matchesXPath] ${expression}`,
    });
  const matcher = compileNested(rest, here);
  return matcher.ok ? done(nested(path, matcher.value)) : matcher;
};

function namespacesOf(value: unknown, pointer: string): Compiled<ReadonlyMap<string, string> | undefined> {
  if (value === undefined || value === null) return done(undefined);
  if (!isObject(value)) return mistake(pointer, 'takes an object of prefix and namespace');
  const entries = Object.entries(value);
  const wrong = entries.find(([, uri]) => typeof uri !== 'string');
  if (wrong !== undefined) return mistake(at(pointer, wrong[0]), 'takes a namespace as text');
  return done(entries.length === 0 ? undefined : new Map(entries as [string, string][]));
}

/** The texts of what the path finds; none where the text is no XML. */
function found(path: XPath, text: string | undefined): readonly (() => string)[] {
  if (text === undefined || !text.trimStart().startsWith('<')) return [];
  const reading = readXml(text, path.reading);
  return reading.ok ? path.evaluate(reading.document) : [];
}

function nested(path: XPath, inner: ValueMatcher): ValueMatcher {
  return {
    matches: ({ text, budget: outer, now }) => {
      const budget = outer ?? new TextBudget();
      // A path within a path parses what the outer one made into text.
      const cost = outer === undefined ? 1 : 4;
      return withinWork(() =>
        found(path, text).some(render => {
          const value = render();
          return budget.take(value.length * cost) && inner.matches(new TextSubject(value, budget, now));
        }),
      );
    },
    expected: `[matchesXPath] ${path.text} ${inner.expected}`,
  };
}

function withinWork(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (error instanceof XmlWorkSpent) return false;
    throw error;
  }
}

export const xmlMatchers: readonly (readonly [string, MatcherCompiler])[] = [
  ['equalToXml', equalToXml],
  ['matchesXPath', matchesXPath],
];
