import { type Drift, type Vocabulary } from './drift';
import { isObject } from './is-object';

const formats: readonly (readonly [string, RegExp])[] = [
  ['date-time', /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?$/],
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ['URL', /^https?:\/\/\S+$/i],
  ['e-mail address', /^[^\s@]{1,100}@[^\s@]{1,200}\.[^\s@]{1,63}$/],
  ['whole number', /^-?\d{1,18}$/],
  ['decimal number', /^-?\d{1,18}\.\d{1,18}$/],
];

/** Names of fields that hold one of a few words. */
const choiceName =
  /(?:^|[a-z_-])(?:status|state|type|kind|role|level|currency|unit|category|priority|mode|method|severity|visibility|gender|plan|tier|phase|stage|scope|outcome|result|channel|direction|protocol|frequency|reason|size|color|colour)s?$/i;
const word = /^[\p{L}][\p{L}\p{N}_.:/-]{0,39}$/u;
const constant = /^[A-Z][A-Z0-9]+(?:[_-][A-Z0-9]+)*$/;
const maxShown = 5;

/** What of two sets of texts at one place differs beyond what they say: their format, or the words they are taken from. */
export function compareTexts(
  path: string,
  { mock, backend }: { readonly mock: readonly string[]; readonly backend: readonly string[] },
  words?: Vocabulary,
): Drift | undefined {
  const format = formatOf(mock);
  if (format !== undefined) {
    const now = formatOf(backend);
    if (backend.some(text => isOfFormat(text, format))) return undefined;
    return {
      kind: 'format',
      path,
      mock: format,
      backend: now ?? 'text',
      message: `is ${now === undefined ? `no ${format} any more` : `of format ${now}, not ${format}`}`,
    };
  }
  if (!isChoice(path, mock, backend)) return undefined;
  const known = new Set(mock);
  const elsewhere = words?.get(fieldOf(path));
  const unknown = [...new Set(backend)].filter(text => !known.has(text) && elsewhere?.has(text) !== true);
  if (unknown.length === 0) return undefined;
  return {
    kind: 'enum',
    path,
    mock: shown([...known]),
    backend: shown(unknown),
    message: `has ${shown(unknown)}, which the mock does not know`,
  };
}

function shown(texts: readonly string[]): string {
  const first = texts.slice(0, maxShown).map(text => JSON.stringify(text));
  return texts.length > maxShown ? `${first.join(', ')}, …` : first.join(', ');
}

/** The format that all have. */
function formatOf(texts: readonly string[]): string | undefined {
  return formats.find(([, pattern]) => texts.every(text => pattern.test(text)))?.[0];
}

function isOfFormat(text: string, format: string): boolean {
  return formats.find(([name]) => name === format)![1].test(text);
}

/** `status` of `$.items[*].status`. */
function fieldOf(path: string): string {
  return /([^.[\]"]+)"?\]?(?:\[\*\])*$/.exec(path)?.[1] ?? '';
}

/** More words than these in fields of one name are no choice. */
const maxWords = 200;

/** Adds the words that stand in fields of choice in a JSON value. */
export function learnWords(value: unknown, words: Map<string, Set<string>>, name = ''): void {
  if (Array.isArray(value)) for (const one of value) learnWords(one, words, name);
  else if (isObject(value)) for (const [inner, one] of Object.entries(value)) learnWords(one, words, inner);
  else if (typeof value === 'string' && choiceName.test(name) && word.test(value)) {
    const known = words.get(name) ?? new Set();
    if (known.size < maxWords) words.set(name, known.add(value));
  }
}

/** By its name, by CONSTANTS, or because the mock repeats a few words over and over. */
function isChoice(path: string, mock: readonly string[], backend: readonly string[]): boolean {
  const all = [...mock, ...backend];
  if (!all.every(text => word.test(text))) return false;
  if (choiceName.test(fieldOf(path)) || all.every(text => constant.test(text))) return true;
  return mock.length >= 6 && new Set(mock).size * 3 <= mock.length;
}
