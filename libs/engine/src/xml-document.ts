/** Thrown when a search has walked through too many nodes; whoever searches catches it and says "no match". */
export class XmlWorkSpent extends Error {}

/** Steps that one search in a document may take; an expression such as `//*/ /*//*` takes their third power. */
const maxSteps = 2_000_000;

export const nodeTypes = {
  element: 1,
  attribute: 2,
  text: 3,
  cdata: 4,
  instruction: 7,
  comment: 8,
  document: 9,
} as const;
export type XmlNodeType = (typeof nodeTypes)[keyof typeof nodeTypes];

interface Work {
  left: number;
}

/**
 * A node of a parsed document: as much of the DOM as the `xpath` library reads, no more. Walking counts steps, so that no
 * expression holds the process for long.
 */
export class XmlNode {
  parentNode: XmlNode | null = null;
  /** For attributes. */
  ownerElement: XmlNode | null = null;
  readonly childNodes: XmlNode[] = [];
  readonly attributeList: XmlNode[] = [];
  /** `xmlns` and `xmlns:p` as written; they are no attributes, unless the document was read without namespaces. */
  readonly declarations: (readonly [name: string, uri: string])[] = [];
  nodeValue: string | null = null;
  private place = 0;
  /** Rises in document order. */
  private readonly order: number;

  constructor(
    readonly nodeType: XmlNodeType,
    readonly nodeName: string,
    readonly ownerDocument: XmlDocument | null,
  ) {
    this.order = ownerDocument === null ? 0 : ++ownerDocument.size;
  }

  localName: string | null = null;
  prefix: string | null = null;
  namespaceURI: string | null = null;

  append(child: XmlNode): void {
    child.parentNode = this;
    child.place = this.childNodes.length;
    this.childNodes.push(child);
  }

  get firstChild(): XmlNode | null {
    this.step();
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): XmlNode | null {
    this.step();
    return this.parentNode?.childNodes[this.place + 1] ?? null;
  }

  get previousSibling(): XmlNode | null {
    this.step();
    return this.parentNode?.childNodes[this.place - 1] ?? null;
  }

  get attributes(): { readonly length: number; item(at: number): XmlNode | null } | null {
    this.step();
    if (this.nodeType !== nodeTypes.element) return null;
    const { attributeList } = this;
    return { length: attributeList.length, item: at => attributeList[at] ?? null };
  }

  get data(): string {
    return this.nodeValue ?? '';
  }

  get value(): string {
    return this.nodeValue ?? '';
  }

  get name(): string {
    return this.nodeName;
  }

  get target(): string {
    return this.nodeName;
  }

  get specified(): boolean {
    return true;
  }

  get textContent(): string {
    if (this.nodeType !== nodeTypes.element && this.nodeType !== nodeTypes.document) return this.nodeValue ?? '';
    const parts: string[] = [];
    const collect = (node: XmlNode): void => {
      for (const child of node.childNodes) {
        this.step();
        if (child.nodeType === nodeTypes.element) collect(child);
        else if (child.nodeType === nodeTypes.text || child.nodeType === nodeTypes.cdata) parts.push(child.data);
      }
    };
    collect(this);
    return parts.join('');
  }

  /** DOM's bits for "other comes before" (2) and "after" (4). */
  compareDocumentPosition(other: XmlNode): number {
    this.step();
    return other === this ? 0 : other.order < this.order ? 2 : 4;
  }

  private step(): void {
    const { work } = this.ownerDocument ?? (this as unknown as XmlDocument);
    if (--work.left < 0) throw new XmlWorkSpent();
  }
}

export class XmlDocument extends XmlNode {
  size = 0;
  readonly work: Work = { left: maxSteps };

  constructor() {
    super(nodeTypes.document, '#document', null);
  }

  get documentElement(): XmlNode | null {
    return this.childNodes.find(child => child.nodeType === nodeTypes.element) ?? null;
  }
}
