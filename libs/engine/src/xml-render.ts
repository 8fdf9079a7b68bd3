import { nodeTypes, XmlWorkSpent, type XmlNode } from './xml-document';

/** Indenting a deep document can make a hundred times as much of it. */
const maxRenderedLength = 4_000_000;

/** The text of a node that XPath found, as WireMock hands it to a nested matcher: elements as indented XML with a last line end. */
export function renderNode(node: XmlNode): string {
  switch (node.nodeType) {
    case nodeTypes.text:
    case nodeTypes.attribute:
      return node.data;
    case nodeTypes.document:
    case nodeTypes.element:
      return renderTree(node);
    case nodeTypes.cdata:
    case nodeTypes.comment:
    case nodeTypes.instruction:
      return `[${node.nodeName}: ${node.data}]`;
    default:
      return node.nodeType satisfies never;
  }
}

type Declared = ReadonlyMap<string, string>;

function renderTree(root: XmlNode): string {
  const out: string[] = [];
  let left = maxRenderedLength;
  const write = (node: XmlNode, depth: number, declared: Declared): void => {
    const indent = '  '.repeat(depth);
    left -= indent.length + node.nodeName.length + (node.nodeValue?.length ?? 0) + 8;
    if (left < 0) throw new XmlWorkSpent();
    if (node.nodeType !== nodeTypes.element) {
      // Java's writer drops the line ends that a text begins with, where it indents it.
      out.push(indent, renderLeaf(node).replace(/^\n+/, ''), '\n');
      return;
    }
    const { text, inside } = startTag(node, declared);
    out.push(indent, '<', node.nodeName, text);
    if (node.childNodes.length === 0) out.push('/>\n');
    else if (node.childNodes.every(child => child.nodeType === nodeTypes.text || child.nodeType === nodeTypes.cdata))
      out.push('>', ...node.childNodes.map(renderLeaf), `</${node.nodeName}>\n`);
    else {
      out.push('>\n');
      for (const child of node.childNodes) write(child, depth + 1, inside);
      out.push(indent, `</${node.nodeName}>\n`);
    }
  };
  if (root.nodeType === nodeTypes.element) write(root, 0, new Map());
  else for (const child of root.childNodes) write(child, 0, new Map());
  return out.join('');
}

function renderLeaf(node: XmlNode): string {
  if (node.nodeType === nodeTypes.comment) return `<!--${node.data}-->`;
  if (node.nodeType === nodeTypes.cdata) return `<![CDATA[${node.data}]]>`;
  if (node.nodeType === nodeTypes.instruction) return `<?${node.nodeName} ${node.data}?>`;
  return escapeText(node.data);
}

function startTag(node: XmlNode, declared: Declared): { text: string; inside: Declared } {
  const inside = new Map(declared);
  let text = '';
  const declare = (name: string, uri: string): void => {
    if ((inside.get(name) ?? '') === uri) return;
    inside.set(name, uri);
    text += ` ${name}="${escapeAttribute(uri)}"`;
  };
  for (const [name, uri] of node.declarations) declare(name, uri);
  for (const named of [node, ...node.attributeList]) {
    if (named.namespaceURI === null || named.prefix === 'xml') continue;
    if (named === node || named.prefix !== null)
      declare(named.prefix === null ? 'xmlns' : `xmlns:${named.prefix}`, named.namespaceURI);
  }
  for (const { nodeName, data } of node.attributeList) text += ` ${nodeName}="${escapeAttribute(data)}"`;
  return { text, inside };
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;');
}
