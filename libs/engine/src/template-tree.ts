import { parse } from '@handlebars/parser';
import { type AstContent, type AstProgram } from './template-ast';
import { type TemplatePlace } from './template-run';

export type TreeReading =
  | { readonly ok: true; readonly program: AstProgram }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

/** Longer templates are refused: they are files, not templates. */
export const maxTemplateLength = 1_000_000;
/** Blocks in blocks, brackets in brackets. */
const maxDepth = 100;
const maxNodes = 50_000;

/** Parses Handlebars text. Lines that hold a tag only keep their line ends, as in WireMock. Never throws. */
export function parseTemplate(text: string): TreeReading {
  if (text.length > maxTemplateLength)
    return refuse(`is longer than ${maxTemplateLength} characters`, { line: 1, column: 1 });
  try {
    const marked = markBackslashes(markIndexes(text));
    const program = parse(marked, { ignoreStandalone: true }) as unknown as AstProgram;
    const problem = tooLarge(program);
    return problem === undefined
      ? { ok: true, program: withOuterSpace(program) }
      : refuse(problem, { line: 1, column: 1 });
  } catch (error) {
    if (error instanceof RangeError) return refuse('is nested too deeply', { line: 1, column: 1 });
    return refuse(reasonOf(error), placeOf(error));
  }
}

/** U+F8F0 to U+F8F9 stand for digits between parsing and compiling: of the same length, so that places stay right. */
const digitMark = 0xf8f0;

/** `a.0` is `a.[0]` in WireMock's Handlebars, but no name for this parser. Only within tags, not within texts. */
function markIndexes(text: string): string {
  if (!/\.\d/.test(text)) return text;
  return text.replace(/\{\{(?!!)(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^}"'[])*\}\}/g, tag =>
    tag.replace(/"[^"]*"|'[^']*'|[^\s"'(){}=|~]+/g, token =>
      /^["']|^-?\d+(?:\.\d+)?$/.test(token)
        ? token
        : token.replace(/(?<=[^.])\.(\d+)(?=[./]|$)/g, (_, digits: string) => `.${markDigits(digits)}`),
    ),
  );
}

function markDigits(digits: string): string {
  return Array.from(digits, digit => String.fromCharCode(digitMark + Number(digit))).join('');
}

/** A step of a path as it was written. */
export function unmarkIndex(step: string): string {
  return /^[\uf8f0-\uf8f9]+$/.test(step)
    ? Array.from(step, char => String(char.charCodeAt(0) - digitMark)).join('')
    : step;
}

/** Stands for a backslash that is text, of the same length, where this parser would read more into it. */
const backslashMark = '\uf8fa';

/**
 * In WireMock's Handlebars a backslash makes the tag after it a text, but for the first tag of a template, before which
 * backslashes are text. Of several only the last one counts, where this parser takes two for one that is text.
 */
function markBackslashes(text: string): string {
  if (!text.includes('\\{{')) return text;
  const firstTag = text.indexOf('{{');
  return text.replace(/\\+(?=\{\{)/g, (run, at: number) =>
    at + run.length === firstTag ? backslashMark.repeat(run.length) : `${backslashMark.repeat(run.length - 1)}\\`,
  );
}

/** A text as it was written. */
export function unmarkText(text: string): string {
  return text.includes(backslashMark) ? text.replaceAll(backslashMark, '\\') : text;
}

/** Like WireMock, `~` leaves the text alone that a template starts with, and the one that it ends with. */
function withOuterSpace(program: AstProgram): AstProgram {
  const last = program.body.length - 1;
  const body = program.body.map((node, at) =>
    (at === 0 || at === last) && node.type === 'ContentStatement'
      ? { ...node, value: (node as AstContent).original }
      : node,
  );
  return { ...program, body };
}

function refuse(message: string, { line, column }: TemplatePlace): TreeReading {
  return { ok: false, message, line, column };
}

/** Counts without recursion: depth is what is to be found out. */
function tooLarge(program: AstProgram): string | undefined {
  let level: object[] = [program];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth++) {
    // Between two nested blocks lie several levels of the tree.
    if (depth > maxDepth * 4) return `is nested deeper than ${maxDepth} levels`;
    const next: object[] = [];
    for (const node of level) {
      if (++nodes > maxNodes * 8) return `has more than ${maxNodes} parts`;
      for (const [key, value] of Object.entries(node))
        if (key !== 'loc' && typeof value === 'object' && value !== null) next.push(value as object);
    }
    level = next;
  }
  return undefined;
}

interface ParserError {
  readonly message?: string;
  readonly lineNumber?: number;
  readonly column?: number;
  readonly hash?: {
    readonly token?: string;
    readonly text?: string;
    readonly loc?: { readonly last_line: number; readonly last_column: number; readonly first_column: number };
  };
}

function placeOf(error: unknown): TemplatePlace {
  const { lineNumber, column, hash } = error as ParserError;
  if (lineNumber !== undefined) return { line: lineNumber, column: (column ?? 0) + 1 };
  return { line: hash?.loc?.last_line ?? 1, column: (hash?.loc?.last_column ?? 0) + 1 };
}

function reasonOf(error: unknown): string {
  const { message = '', hash } = error as ParserError;
  if (hash === undefined) return message.replace(/ - \d+:\d+$/, '').slice(0, 300);
  if (hash.token === 'EOF') return 'ends in the middle of a block or a tag; close it';
  return `has something unexpected${hash.text ? ` near '${hash.text.slice(0, 40)}'` : ''}`;
}
