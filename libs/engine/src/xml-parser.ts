import { nodeTypes, XmlDocument, XmlNode, type XmlNodeType } from './xml-document';

/**
 * How names are read, after what WireMock's parsers do:
 * `aware` as the namespaces standard says; `local` drops prefixes and declarations (XPath without a namespace map);
 * `literal` takes names and declarations as they are written; `default` drops prefixes and knows the default namespace only.
 */
export type XmlNames = 'aware' | 'local' | 'literal' | 'default';

export interface XmlReadingOptions {
  readonly names: XmlNames;
  readonly keepComments: boolean;
  /** Whether CDATA sections are text like any other, joined with what is beside them. */
  readonly joinCData: boolean;
}

export type XmlReading =
  { readonly ok: true; readonly document: XmlDocument } | { readonly ok: false; readonly message: string };

const maxXmlLength = 2_000_000;
const maxXmlDepth = 500;
const maxXmlNodes = 200_000;

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

class XmlSyntaxError extends Error {}

/**
 * Reads an XML 1.0 document of at most 2 million characters, 500 levels and 200,000 nodes. A DOCTYPE is refused, so there are
 * no entities but the five of XML and character references. Never throws.
 */
export function readXml(text: string, options: XmlReadingOptions): XmlReading {
  try {
    if (text.length > maxXmlLength) return { ok: false, message: `is longer than ${maxXmlLength} characters` };
    return { ok: true, document: new Reader(text, options).read() };
  } catch (error) {
    if (error instanceof XmlSyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}

/** The prefixes that one element declares, and what holds around it. */
interface Scope {
  readonly uris: ReadonlyMap<string, string>;
  readonly outer: Scope | undefined;
}

function uriOf(prefix: string, scope: Scope): string | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const uri = at.uris.get(prefix);
    if (uri !== undefined) return uri;
  }
  return undefined;
}

const nameAt = /[A-Za-z_:\u00c0-\u{effff}][-A-Za-z0-9._:\u00b7\u00c0-\u{effff}]*/uy;
const spaceAt = /[ \t\r\n]*/y;
// eslint-disable-next-line no-control-regex -- these are the characters that XML 1.0 does not have
const noCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const references: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

class Reader {
  private at = 0;
  private readonly text: string;
  private readonly document = new XmlDocument();

  constructor(
    text: string,
    private readonly options: XmlReadingOptions,
  ) {
    this.text = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  }

  read(): XmlDocument {
    if (noCharacter.test(this.text)) this.fail('holds a character that XML does not allow');
    this.skipDeclaration();
    const open: { readonly node: XmlNode; readonly scope: Scope }[] = [];
    const startScope: Scope = { uris: new Map([['xml', xmlNamespace]]), outer: undefined };
    while (this.at < this.text.length) {
      const parent = open.at(-1)?.node ?? this.document;
      if (this.text[this.at] !== '<') this.readText(parent);
      else if (this.text.startsWith('</', this.at)) {
        this.readEndTag(open.pop()?.node);
      } else if (this.text.startsWith('<!--', this.at)) this.readComment(parent);
      else if (this.text.startsWith('<![CDATA[', this.at)) this.readCData(parent);
      else if (this.text.startsWith('<!', this.at)) this.fail('holds a DOCTYPE, which is not accepted');
      else if (this.text.startsWith('<?', this.at)) this.readInstruction(parent);
      else {
        if (parent === this.document && this.document.documentElement !== null) this.fail('has two root elements');
        const { node, scope, isClosed } = this.readStartTag(open.at(-1)?.scope ?? startScope);
        parent.append(node);
        if (!isClosed) open.push({ node, scope });
        if (open.length > maxXmlDepth) this.fail(`is nested deeper than ${maxXmlDepth} elements`);
      }
    }
    if (open.length > 0) this.fail(`does not close <${open.at(-1)!.node.nodeName}>`);
    if (this.document.documentElement === null) this.fail('has no root element');
    return this.document;
  }

  private skipDeclaration(): void {
    if (/^<\?xml[ \t\n]/.test(this.text)) this.at = this.indexOf('?>') + 2;
    else this.skipSpace();
  }

  private readText(parent: XmlNode): void {
    const next = this.text.indexOf('<', this.at);
    const raw = this.text.slice(this.at, next < 0 ? this.text.length : next);
    if (parent === this.document) {
      if (raw.trim() !== '') this.fail('has text outside the root element');
    } else {
      if (raw.includes(']]>')) this.fail('has ]]> in a text');
      this.appendText(parent, nodeTypes.text, this.resolve(raw));
    }
    this.at += raw.length;
  }

  private readCData(parent: XmlNode): void {
    if (parent === this.document) this.fail('has text outside the root element');
    const end = this.indexOf(']]>');
    const type = this.options.names === 'default' ? nodeTypes.text : nodeTypes.cdata;
    this.appendText(parent, type, this.text.slice(this.at + 9, end));
    this.at = end + 3;
  }

  private appendText(parent: XmlNode, type: XmlNodeType, value: string): void {
    const last = parent.childNodes.at(-1);
    const isText = last?.nodeType === nodeTypes.text || last?.nodeType === nodeTypes.cdata;
    if (
      last !== undefined &&
      isText &&
      (this.options.joinCData || (last.nodeType === type && type === nodeTypes.text))
    ) {
      last.nodeValue = last.data + value;
      return;
    }
    const node = this.make(type, type === nodeTypes.cdata ? '#cdata-section' : '#text');
    node.nodeValue = value;
    parent.append(node);
  }

  private readComment(parent: XmlNode): void {
    const end = this.text.indexOf('--', this.at + 4);
    if (end < 0 || this.text[end + 2] !== '>') this.fail('has a comment that is not closed, or holds --');
    if (this.options.keepComments) {
      const node = this.make(nodeTypes.comment, '#comment');
      node.nodeValue = this.text.slice(this.at + 4, end);
      parent.append(node);
    }
    this.at = end + 3;
  }

  private readInstruction(parent: XmlNode): void {
    const end = this.indexOf('?>');
    this.at += 2;
    const name = this.readName();
    if (name.toLowerCase() === 'xml') this.fail('has an XML declaration that is not at its very start');
    const node = this.make(nodeTypes.instruction, name);
    node.nodeValue = this.text.slice(this.at, end).trimStart();
    parent.append(node);
    this.at = end + 2;
  }

  private readEndTag(node: XmlNode | undefined): void {
    this.at += 2;
    const name = this.readName();
    if (node === undefined || name !== node.nodeName) this.fail(`closes </${name}>, which is not the open element`);
    this.skipSpace();
    this.expect('>');
  }

  private readStartTag(outer: Scope): { node: XmlNode; scope: Scope; isClosed: boolean } {
    this.at++;
    const node = this.make(nodeTypes.element, this.readName());
    const written: { name: string; value: string }[] = [];
    const names = new Set<string>();
    for (;;) {
      const before = this.at;
      this.skipSpace();
      const next = this.text[this.at];
      if (next === '>' || next === '/') break;
      if (before === this.at) this.fail('has an attribute without a space before it');
      const name = this.readName();
      this.skipSpace();
      this.expect('=');
      this.skipSpace();
      if (names.has(name)) this.fail(`has attribute ${name} twice in one element`);
      names.add(name);
      written.push({ name, value: this.readAttributeValue() });
    }
    const isClosed = this.text[this.at] === '/';
    if (isClosed) this.at++;
    this.expect('>');
    return { node, scope: this.nameParts(node, written, outer), isClosed };
  }

  /** Gives the element and its attributes their names, and returns the namespaces that hold inside. */
  private nameParts(node: XmlNode, written: readonly { name: string; value: string }[], outer: Scope): Scope {
    const { names } = this.options;
    const uris = new Map<string, string>();
    for (const { name, value } of written) {
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
      if (name !== 'xmlns' && value === '' && names === 'aware') this.fail(`unbinds prefix ${name.slice(6)}`);
      node.declarations.push([name, value]);
      uris.set(name === 'xmlns' ? '' : name.slice(6), value);
    }
    const scope = uris.size === 0 ? outer : { uris, outer };
    this.nameNode(node, scope);
    const seen = new Set<string>();
    for (const { name, value } of written) {
      if (names !== 'literal' && (name === 'xmlns' || name.startsWith('xmlns:'))) continue;
      const attribute = this.make(nodeTypes.attribute, name);
      attribute.nodeValue = value;
      attribute.ownerElement = node;
      this.nameNode(attribute, scope);
      const key = `${attribute.namespaceURI ?? ''} ${attribute.localName}`;
      if (names === 'aware' && seen.has(key)) this.fail(`has attribute ${name} twice in one element`);
      seen.add(key);
      node.attributeList.push(attribute);
    }
    if (node.attributeList.length > 1) node.attributeList.sort((a, b) => (a.nodeName < b.nodeName ? -1 : 1));
    return scope;
  }

  private nameNode(node: XmlNode, scope: Scope): void {
    const { names } = this.options;
    const isAttribute = node.nodeType === nodeTypes.attribute;
    const colon = node.nodeName.indexOf(':');
    node.localName = node.nodeName;
    if (names === 'literal' || (names === 'default' && isAttribute)) return;
    if (colon >= 0) node.localName = node.nodeName.slice(colon + 1);
    if (names === 'default') node.namespaceURI = uriOf('', scope) || null;
    if (names !== 'aware') return;
    if (colon < 0) {
      node.namespaceURI = isAttribute ? null : uriOf('', scope) || null;
      return;
    }
    node.prefix = node.nodeName.slice(0, colon);
    const uri = uriOf(node.prefix, scope);
    if (uri === undefined || node.localName === '' || node.localName.includes(':'))
      this.fail(`uses prefix ${node.prefix} in ${node.nodeName}, which is not declared`);
    node.namespaceURI = uri;
  }

  private readAttributeValue(): string {
    const quote = this.text[this.at];
    if (quote !== '"' && quote !== "'") this.fail('has an attribute value without quotes');
    const end = this.text.indexOf(quote, this.at + 1);
    if (end < 0) this.fail('has an attribute value that is not closed');
    const raw = this.text.slice(this.at + 1, end);
    if (raw.includes('<')) this.fail('has < in an attribute value');
    this.at = end + 1;
    return this.resolve(raw.replace(/[\t\n]/g, ' '));
  }

  private resolve(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&([^;&]{0,12};)?/g, (_, reference: string | undefined) => {
      const name = reference?.slice(0, -1) ?? '';
      if (Object.hasOwn(references, name)) return references[name]!;
      const digits = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
      const code = digits === null ? -1 : Number.parseInt(digits[1] ?? digits[2]!, digits[1] === undefined ? 10 : 16);
      if (
        code < 0 ||
        code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff) ||
        noCharacter.test(String.fromCodePoint(code))
      )
        this.fail(`has the reference &${name}; which means nothing`);
      return String.fromCodePoint(code);
    });
  }

  private make(type: XmlNodeType, name: string): XmlNode {
    if (this.document.size >= maxXmlNodes) this.fail(`has more than ${maxXmlNodes} parts`);
    return new XmlNode(type, name, this.document);
  }

  private readName(): string {
    nameAt.lastIndex = this.at;
    const found = nameAt.exec(this.text)?.[0];
    if (found === undefined) this.fail('has something else where a name should stand');
    this.at += found.length;
    return found;
  }

  private skipSpace(): void {
    spaceAt.lastIndex = this.at;
    this.at += spaceAt.exec(this.text)![0].length;
  }

  private expect(character: string): void {
    if (this.text[this.at] !== character) this.fail(`lacks ${character}`);
    this.at++;
  }

  private indexOf(end: string): number {
    const found = this.text.indexOf(end, this.at);
    if (found < 0) this.fail(`lacks ${end}`);
    return found;
  }

  private fail(message: string): never {
    throw new XmlSyntaxError(`${message} (character ${this.at + 1})`);
  }
}
