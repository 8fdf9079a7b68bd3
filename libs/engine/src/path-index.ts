import { Bucket } from './bucket';
import { type CatalogMock } from './catalog-mock';
import { type MockRequest } from './mock-request';
import { type PathTemplate, type TemplateSegment } from './path-template';
import { PrefixTree } from './prefix-tree';
import { type UrlMatcher } from './url-matcher';

const maxRecent = 4_096;
const maxRememberedMocks = 8;

class TemplateNode {
  /** Made when there is one: a map costs more than all the rest of a node. */
  literals: Map<string, TemplateNode> | undefined;
  /** Below a segment with a variable in it. */
  variable: TemplateNode | undefined;
  here: Bucket | undefined;
  /** Templates that end in `**` here. */
  rest: Bucket | undefined;

  get isEmpty(): boolean {
    const hasLiterals = this.literals !== undefined && this.literals.size > 0;
    return !hasLiterals && this.variable === undefined && this.here === undefined && this.rest === undefined;
  }
}

/**
 * Finds the mocks whose URL condition may hold: literal paths by a map, templates by a tree of segments, regular expressions by the
 * literal text that they start with, and what has no URL condition. None of it grows with the number of mocks elsewhere.
 */
export class PathIndex {
  private readonly literal = new Map<string, Bucket>();
  private readonly templates = new TemplateNode();
  private templateCount = 0;
  private readonly byPrefix = new PrefixTree();
  private readonly anyUrl = new Bucket();
  /** Rises with every change of what is not a literal path. */
  private patternVersion = 1;
  /** All candidates for paths that were asked for lately, of those that no pattern covers and whose mocks are in one list: twins of them. */
  private readonly recent = new Map<string, readonly (readonly CatalogMock[])[]>();

  add(mock: CatalogMock): void {
    const { url } = mock.matcher;
    this.forget(url);
    switch (url.kind) {
      case 'url':
      case 'path':
        bucketAt(this.literal, url.path).add(mock);
        return;
      case 'template':
        this.templateCount++;
        this.templateBucket(url.template).add(mock);
        return;
      case 'resource':
        this.templateCount++;
        for (const template of [url.template, url.item]) this.templateBucket(template).add(mock);
        return;
      case 'urlPattern':
      case 'pathPattern':
        this.byPrefix.add(url.prefix, mock);
        return;
      case 'any':
        this.anyUrl.add(mock);
        return;
      default:
        url satisfies never;
    }
  }

  remove(mock: CatalogMock): void {
    const { url } = mock.matcher;
    this.forget(url);
    switch (url.kind) {
      case 'url':
      case 'path':
        removeAt(this.literal, url.path, mock);
        return;
      case 'template':
        this.templateCount--;
        removeTemplate(this.templates, { segments: url.template.segments, depth: 0, mock });
        return;
      case 'resource':
        this.templateCount--;
        for (const { segments } of [url.template, url.item])
          removeTemplate(this.templates, { segments, depth: 0, mock });
        return;
      case 'urlPattern':
      case 'pathPattern':
        this.byPrefix.remove(url.prefix, mock);
        return;
      case 'any':
        this.anyUrl.remove(mock);
        return;
      default:
        url satisfies never;
    }
  }

  /** What is known of the paths that a change of such a mock touches. */
  private forget(url: UrlMatcher): void {
    if (url.kind === 'url' || url.kind === 'path') {
      this.recent.delete(url.path);
      return;
    }
    this.patternVersion++;
    this.recent.clear();
  }

  /** Calls `visit` with every bucket that may hold a match for the path. */
  visit(path: string, visit: (bucket: Bucket) => void): void {
    const literal = this.literal.get(path);
    if (literal !== undefined) visit(literal);
    this.visitPatterns(path, visit);
  }

  private get hasPatterns(): boolean {
    return this.templateCount > 0 || !this.byPrefix.isEmpty || !this.anyUrl.isEmpty;
  }

  private visitPatterns(path: string, visit: (bucket: Bucket) => void): void {
    if (this.templateCount > 0) visitTemplates(this.templates, path, 0, visit);
    this.byPrefix.visit(path, visit);
    if (!this.anyUrl.isEmpty) visit(this.anyUrl);
  }

  /** Sorted lists that together hold every mock that can match. */
  candidates(request: MockRequest): readonly (readonly CatalogMock[])[] {
    const { path } = request;
    const known = this.recent.get(path);
    if (known !== undefined) return known;
    const literal = this.literal.get(path);
    if (literal?.noPatternsAt !== this.patternVersion) return this.lookUp(request, literal);
    return this.remember(path, literal) ?? this.lookUp(request, literal);
  }

  /** For a path that is asked for again. Paths and mocks in use lie together in memory, however many others there are. */
  private remember(path: string, { all }: Bucket): readonly (readonly CatalogMock[])[] | undefined {
    if (all === undefined || all.length > maxRememberedMocks) return undefined;
    if (this.recent.size >= maxRecent) this.recent.clear();
    const lists = [all.map(mock => mock.twin())];
    this.recent.set(path, lists);
    return lists;
  }

  private lookUp(request: MockRequest, literal: Bucket | undefined): readonly (readonly CatalogMock[])[] {
    const found: (readonly CatalogMock[])[] = [];
    if (literal === undefined) {
      if (this.hasPatterns) this.visitPatterns(request.path, bucket => bucket.collect(request, found));
      return found;
    }
    literal.collect(request, found);
    if (literal.noPatternsAt !== this.patternVersion) this.collectPatterns(request, found, literal);
    return found;
  }

  /** A literal path remembers that no pattern covers it, so that the next request for it looks into no tree. */
  private collectPatterns(request: MockRequest, found: (readonly CatalogMock[])[], literal: Bucket): void {
    let isCovered = false;
    this.visitPatterns(request.path, bucket => {
      isCovered = true;
      bucket.collect(request, found);
    });
    if (!isCovered) literal.noPatternsAt = this.patternVersion;
  }

  private templateBucket(template: PathTemplate): Bucket {
    let node = this.templates;
    for (const segment of template.segments) {
      if (segment.kind === 'rest') return (node.rest ??= new Bucket());
      if (segment.kind === 'literal') {
        const literals = (node.literals ??= new Map<string, TemplateNode>());
        let next = literals.get(segment.text);
        if (next === undefined) literals.set(segment.text, (next = new TemplateNode()));
        node = next;
      } else node = node.variable ??= new TemplateNode();
    }
    return (node.here ??= new Bucket());
  }
}

interface TemplateRemoval {
  readonly segments: readonly TemplateSegment[];
  readonly depth: number;
  readonly mock: CatalogMock;
}

/** Leaves no empty nodes behind: paths come and go for as long as the server runs. */
function removeTemplate(node: TemplateNode, { segments, depth, mock }: TemplateRemoval): void {
  const segment = segments[depth];
  if (segment === undefined || segment.kind === 'rest') {
    const end = segment === undefined ? 'here' : 'rest';
    node[end]?.remove(mock);
    if (node[end]?.isEmpty === true) node[end] = undefined;
    return;
  }
  const next = segment.kind === 'literal' ? node.literals?.get(segment.text) : node.variable;
  if (next === undefined) return;
  removeTemplate(next, { segments, depth: depth + 1, mock });
  if (!next.isEmpty) return;
  if (segment.kind !== 'literal') node.variable = undefined;
  else node.literals?.delete(segment.text);
}

function visitTemplates(node: TemplateNode, path: string, start: number, visit: (bucket: Bucket) => void): void {
  if (node.rest !== undefined) visit(node.rest);
  const slash = path.indexOf('/', start);
  const segment = slash < 0 ? path.slice(start) : path.slice(start, slash);
  const literal = node.literals?.get(segment);
  const next = segment === '' ? undefined : node.variable;
  if (slash < 0) {
    if (literal?.here !== undefined) visit(literal.here);
    if (next?.here !== undefined) visit(next.here);
    return;
  }
  if (literal !== undefined) visitTemplates(literal, path, slash + 1, visit);
  if (next !== undefined) visitTemplates(next, path, slash + 1, visit);
}

function bucketAt(buckets: Map<string, Bucket>, key: string): Bucket {
  let bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, (bucket = new Bucket()));
  return bucket;
}

/** Removes the mock, and its bucket when that emptied it. */
function removeAt(buckets: Map<string, Bucket>, key: string, mock: CatalogMock): void {
  const bucket = buckets.get(key);
  bucket?.remove(mock);
  if (bucket?.isEmpty === true) buckets.delete(key);
}
