import { Bucket } from './bucket';
import { type CatalogMock } from './catalog-mock';

/**
 * Buckets by the text that a path must begin with: a radix tree. A look-up reads each character of the path once at most, however
 * many prefixes there are and whatever their lengths. Leaves no empty nodes behind: prefixes come and go while the server runs.
 */
export class PrefixTree {
  private readonly root = new PrefixNode('');

  get isEmpty(): boolean {
    return this.root.isEmpty;
  }

  add(prefix: string, mock: CatalogMock): void {
    let node = this.root;
    for (let at = 0; at < prefix.length; at += node.label.length) node = node.stepTo(prefix, at);
    (node.here ??= new Bucket()).add(mock);
  }

  remove(prefix: string, mock: CatalogMock): void {
    const trail = [this.root];
    for (let at = 0; at < prefix.length;) {
      const next = trail.at(-1)!.children?.get(prefix.charCodeAt(at));
      if (next === undefined || !prefix.startsWith(next.label, at)) return;
      trail.push(next);
      at += next.label.length;
    }
    const node = trail.pop()!;
    node.here?.remove(mock);
    if (node.here?.isEmpty === true) node.here = undefined;
    const parent = trail.pop();
    if (parent === undefined) return;
    node.shrinkIn(parent);
    const grandparent = trail.pop();
    if (grandparent !== undefined) parent.shrinkIn(grandparent);
  }

  /** Calls `visit` with the bucket of every prefix that the path begins with. */
  visit(path: string, visit: (bucket: Bucket) => void): void {
    let node: PrefixNode | undefined = this.root;
    for (let at = 0; ;) {
      if (node.here !== undefined) visit(node.here);
      node = node.children?.get(path.charCodeAt(at));
      if (node === undefined || !path.startsWith(node.label, at)) return;
      at += node.label.length;
    }
  }
}

class PrefixNode {
  here: Bucket | undefined;
  /** By the first character of their labels; made when there is one. */
  children: Map<number, PrefixNode> | undefined;

  constructor(public label: string) {}

  get isEmpty(): boolean {
    return this.here === undefined && (this.children === undefined || this.children.size === 0);
  }

  /** The node below that leads towards `text`, which goes on at `at`; made, or split off, when there is none. */
  stepTo(text: string, at: number): PrefixNode {
    const children = (this.children ??= new Map<number, PrefixNode>());
    const known = children.get(text.charCodeAt(at));
    if (known === undefined) {
      const made = new PrefixNode(text.slice(at));
      children.set(text.charCodeAt(at), made);
      return made;
    }
    const common = commonLength(known.label, text, at);
    return common === known.label.length ? known : known.splitIn(children, common);
  }

  /** After a removal: gone if nothing is left of it, one with its only child if it is no more than a step. */
  shrinkIn(parent: PrefixNode): void {
    if (this.isEmpty) {
      parent.children?.delete(this.label.charCodeAt(0));
      return;
    }
    if (this.here !== undefined || this.children?.size !== 1) return;
    const [only] = this.children.values();
    only!.label = this.label + only!.label;
    parent.children?.set(only!.label.charCodeAt(0), only!);
  }

  private splitIn(siblings: Map<number, PrefixNode>, length: number): PrefixNode {
    const upper = new PrefixNode(this.label.slice(0, length));
    siblings.set(upper.label.charCodeAt(0), upper);
    this.label = this.label.slice(length);
    upper.children = new Map([[this.label.charCodeAt(0), this]]);
    return upper;
  }
}

function commonLength(label: string, text: string, at: number): number {
  let length = 1;
  while (length < label.length && label.charCodeAt(length) === text.charCodeAt(at + length)) length++;
  return length;
}
