import { compileRegex, type LinearRegex } from './linear-regex';
import { compileSimpleDateFormat } from './simple-date-format';

/** What a text of the expected document asks of the text in its place; `undefined` there is "nothing". */
export type Placeholder = (given: string | undefined) => boolean;

export interface PlaceholderDelimiters {
  readonly opening: string | undefined;
  readonly closing: string | undefined;
}

export type PlaceholderReading =
  | { readonly ok: true; readonly read: (text: string) => Placeholder | undefined; readonly mistakes: string[] }
  | { readonly ok: false; readonly part: 'opening' | 'closing'; readonly message: string };

const never: Placeholder = () => false;

/**
 * XMLUnit's placeholders: `${xmlunit.ignore}`, `isNumber`, `isDateTime`, `isDateTime(dd.MM.yyyy)`, `matchesRegex([a-c]+)`. One must
 * be all there is in its text; if it is not, the text equals only itself. What is wrong in one is added to `mistakes`.
 */
export function compilePlaceholders({ opening, closing }: PlaceholderDelimiters): PlaceholderReading {
  const open = isBlank(opening) ? '\\$\\{' : opening!.trim();
  const close = isBlank(closing) ? '\\}' : closing!.trim();
  for (const [part, source] of [
    ['opening', open],
    ['closing', close],
  ] as const) {
    const alone = compileRegex(source);
    if (!alone.ok) return { ok: false, part, message: alone.message };
  }
  const whole = compileRegex(`(\\s*${open}\\s*xmlunit\\.(.+)\\s*${close}\\s*)`);
  if (!whole.ok) return { ok: false, part: 'opening', message: whole.message };
  const mistakes: string[] = [];
  return { ok: true, mistakes, read: text => readPlaceholder(text, whole.regex, mistakes) };
}

// XMLUnit takes the last ( for the start of the arguments and cuts them at commas.
const withArguments = /^(.*)\s*\((.+)\s*\)\s*/;

function readPlaceholder(text: string, whole: LinearRegex, mistakes: string[]): Placeholder | undefined {
  if (!text.includes('xmlunit.')) return undefined;
  const found = whole.find(text);
  if (found === undefined) return undefined;
  const content = (found.groups[2] ?? '').trim();
  const call = withArguments.exec(content);
  const keyword = (call?.[1] ?? content).trim();
  const argument = call?.[2]?.split(',')[0];
  const test = placeholderOf(keyword, argument, mistakes);
  if (test === undefined) return undefined;
  return (found.groups[1] ?? '').trim() === text.trim() ? test : never;
}

const number = /^[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?$/;
const anyDate = compileSimpleDateFormat('yyyy-MM-dd');
const shortDate = compileSimpleDateFormat('M/d/yy');

function placeholderOf(keyword: string, argument: string | undefined, mistakes: string[]): Placeholder | undefined {
  switch (keyword) {
    case 'ignore':
      return () => true;
    case 'isNumber':
      return given => given !== undefined && number.test(given.trim());
    case 'isDateTime': {
      const formats = argument === undefined ? [anyDate, shortDate] : [compileSimpleDateFormat(argument)];
      return given => given !== undefined && formats.some(startsWith => startsWith(given));
    }
    case 'matchesRegex': {
      if (argument === undefined) return never;
      const compiled = compileRegex(argument.trim());
      if (compiled.ok) return given => given !== undefined && compiled.regex.find(given.trim()) !== undefined;
      mistakes.push(
        `matchesRegex(${argument}) ${compiled.message}; a comma ends the expression, and it may hold no brackets ()`,
      );
      return never;
    }
    default:
      return undefined;
  }
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}
