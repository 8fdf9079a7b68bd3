/** A segment of a path template: literal text, one variable, a mixture of both, or the rest of the path (`**`). */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'mixed'; readonly parts: readonly MixedPart[] }
  | { readonly kind: 'rest' };

type MixedPart = { readonly literal: string } | { readonly name: string };

/** Holds its text only, and the segments from the first match on: of a hundred thousand templates few are ever asked. */
export class PathTemplate {
  private parsed: readonly TemplateSegment[] | undefined;

  constructor(readonly text: string) {}

  /** Read anew at each call. */
  get segments(): readonly TemplateSegment[] {
    return segmentsOf(this.text);
  }

  get names(): readonly string[] {
    return this.segments.flatMap(namesOf);
  }

  matches(path: string): boolean {
    return walk((this.parsed ??= this.segments), path, undefined);
  }

  /** Variables by name, as they stand in the path; undefined when the path does not match. */
  parse(path: string): Readonly<Record<string, string>> | undefined {
    const found = Object.create(null) as Record<string, string>;
    return walk((this.parsed ??= this.segments), path, found) ? found : undefined;
  }
}

export type TemplateReading =
  { readonly ok: true; readonly template: PathTemplate } | { readonly ok: false; readonly message: string };

const maxSegments = 64;
const variable = /\{([^{}/]+)\}/g;

/** Compiles WireMock's `urlPathTemplate`: `/users/{id}/files/**`. A variable binds one or more characters, never a slash. */
export function compilePathTemplate(text: string): TemplateReading {
  const pieces = text.split('/');
  if (pieces.length > maxSegments) return { ok: false, message: `has more than ${maxSegments} segments` };
  for (const [i, piece] of pieces.entries()) {
    if (piece === '**') {
      if (i !== pieces.length - 1) return { ok: false, message: 'may have ** only as its last segment' };
      continue;
    }
    const parts = splitVariables(piece);
    if (parts.some(part => 'literal' in part && /[{}]/.test(part.literal)))
      return { ok: false, message: `has a brace that is not closed in "${piece}"` };
    if (parts.some((part, j) => j > 0 && 'name' in part && 'name' in parts[j - 1]!))
      return { ok: false, message: `has two variables side by side in "${piece}"` };
  }
  const template = new PathTemplate(text);
  const { names } = template;
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return { ok: false, message: `names {${twice}} twice` };
  return { ok: true, template };
}

function segmentsOf(text: string): TemplateSegment[] {
  return text
    .split('/')
    .map(piece => (piece === '**' ? { kind: 'rest' as const } : segmentOf(splitVariables(piece), piece)));
}

function segmentOf(parts: readonly MixedPart[], piece: string): TemplateSegment {
  if (parts.length === 0) return { kind: 'literal', text: '' };
  if (parts.length > 1) return { kind: 'mixed', parts };
  const only = parts[0]!;
  return 'name' in only ? { kind: 'variable', name: only.name } : { kind: 'literal', text: piece };
}

function splitVariables(piece: string): MixedPart[] {
  const parts: MixedPart[] = [];
  let end = 0;
  for (const found of piece.matchAll(variable)) {
    if (found.index > end) parts.push({ literal: piece.slice(end, found.index) });
    parts.push({ name: found[1]! });
    end = found.index + found[0].length;
  }
  if (end < piece.length) parts.push({ literal: piece.slice(end) });
  return parts;
}

function namesOf(segment: TemplateSegment): string[] {
  if (segment.kind === 'variable') return [segment.name];
  return segment.kind === 'mixed' ? segment.parts.flatMap(part => ('name' in part ? [part.name] : [])) : [];
}

function walk(segments: readonly TemplateSegment[], path: string, found: Record<string, string> | undefined): boolean {
  let start = 0;
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'rest') return start <= path.length;
    const slash = path.indexOf('/', start);
    const isLast = i === segments.length - 1;
    if (isLast !== slash < 0) return false;
    const given = slash < 0 ? path.slice(start) : path.slice(start, slash);
    start = slash + 1;
    if (!bindSegment(segment, given, found)) return false;
  }
  return true;
}

export function bindSegment(
  segment: Exclude<TemplateSegment, { kind: 'rest' }>,
  given: string,
  found?: Record<string, string>,
): boolean {
  if (segment.kind === 'literal') return given === segment.text;
  if (given === '') return false;
  if (segment.kind === 'variable') {
    if (found !== undefined) found[segment.name] = given;
    return true;
  }
  return bindMixed(segment.parts, given, found);
}

/** Literals are found left to right, the last one at the end: linear, no backtracking. */
function bindMixed(parts: readonly MixedPart[], given: string, found: Record<string, string> | undefined): boolean {
  let start = 0;
  for (const [i, part] of parts.entries()) {
    if ('literal' in part) {
      if (!given.startsWith(part.literal, start)) return false;
      start += part.literal.length;
      continue;
    }
    const next = parts[i + 1];
    const end =
      next === undefined
        ? given.length
        : i + 2 === parts.length && 'literal' in next
          ? given.length - next.literal.length
          : given.indexOf('literal' in next ? next.literal : '', start + 1);
    if (end <= start) return false;
    if (found !== undefined) found[part.name] = given.slice(start, end);
    start = end;
  }
  return start === given.length;
}
