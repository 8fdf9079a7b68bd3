import { readJson } from './json-value';

/** JSON text in which templates may stand, as a tree that can be changed and written again with its templates as they were. */
export interface TemplatedJson {
  /** Each tag is a mark within a text, or, where it stands for a whole value without quotes, a text that is a mark alone. */
  readonly tree: unknown;
  /** In the layout of the original, compact or indented. */
  write(tree: unknown): string;
}

const tags = /\{\{\{[^]*?\}\}\}|\{\{[^]*?\}\}/y;
const quotedMark = /\ue000q(\d+)\ue001/g;
const bareMark = /"\ue000b(\d+)\ue001"/g;
const anyMark = /\ue000[qb]\d+\ue001/;
const bareMarkAlone = /^\ue000b\d+\ue001$/;
const quotedMarkAlone = /^\ue000q(\d+)\ue001$/;

/** Undefined when a template makes more than single values, such as a loop over items: then there is no tree to change. */
export function readTemplatedJson(text: string): TemplatedJson | undefined {
  if (/[\ue000\ue001]/.test(text)) return undefined;
  const found: string[] = [];
  const marked = markTags(text, found);
  const reading = marked === undefined ? undefined : readJson(marked);
  if (reading?.isJson !== true) return undefined;
  const indent = /\n([ \t]+)/.exec(text)?.[1];
  return {
    tree: reading.value,
    write: tree =>
      JSON.stringify(tree, null, indent)
        .replaceAll(bareMark, (_, i: string) => found[Number(i)]!)
        .replaceAll(quotedMark, (_, i: string) => found[Number(i)]!),
  };
}

/** Whether a value out of the tree holds a template, however deep. */
export function holdsTag(value: unknown): boolean {
  return anyMark.test(JSON.stringify(value) ?? '');
}

/** The same tag without quotes (`"{{x}}"` becomes `{{x}}`); undefined when the text is more than one tag. */
export function unquoteTag(value: unknown): string | undefined {
  const which = typeof value === 'string' ? quotedMarkAlone.exec(value)?.[1] : undefined;
  return which === undefined ? undefined : `\ue000b${which}\ue001`;
}

/** The same tag in quotes; undefined when it has some already. */
export function quoteTag(value: unknown): string | undefined {
  return typeof value === 'string' && bareMarkAlone.test(value) ? value.replace('\ue000b', '\ue000q') : undefined;
}

function markTags(text: string, found: string[]): string | undefined {
  let marked = '';
  let isInText = false;
  for (let i = 0; i < text.length;) {
    tags.lastIndex = i;
    const tag = text[i] === '{' && text[i + 1] === '{' ? tags.exec(text)?.[0] : undefined;
    if (tag !== undefined) {
      // A block without quotes around it makes structure.
      if (!isInText && /^\{\{\{?~?\s*(?:[#/^!>]|else\b)/.test(tag)) return undefined;
      marked += isInText ? `\ue000q${found.length}\ue001` : `"\ue000b${found.length}\ue001"`;
      found.push(tag);
      i += tag.length;
      continue;
    }
    if (text[i] === '"') isInText = !isInText;
    const step = isInText && text[i] === '\\' ? 2 : 1;
    marked += text.slice(i, i + step);
    i += step;
  }
  return marked;
}
