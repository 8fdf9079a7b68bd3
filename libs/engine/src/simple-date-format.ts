/**
 * Java's lenient SimpleDateFormat, as far as "does a text begin with a date like that" goes: numbers of any size where the pattern
 * has a number, names where it has a name.
 */
export function compileSimpleDateFormat(pattern: string): (text: string) => boolean {
  const runs = pattern.match(/'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
  const source = runs.map((run, i) => partSource(run, runs[i + 1])).join('');
  const regex = new RegExp(`^${source}`, 'i');
  return text => regex.test(text.slice(0, 200));
}

const names: Readonly<Record<string, string>> = {
  E: '[a-z]+',
  a: '(?:am|pm)',
  G: '(?:ad|bc)',
  z: '(?:[a-z]{1,5}(?:[+-]\\d{1,2}:\\d{2})?|[+-]\\d{4})',
  Z: '(?:[+-]\\d{4}|gmt[+-]\\d{1,2}:\\d{2}|[a-z]{1,5})',
  X: '(?:z|[+-]\\d{2}(?::?\\d{2})?)',
};

function partSource(run: string, next: string | undefined): string {
  const letter = run[0]!;
  if (letter === "'") return escape(run === "''" ? "'" : run.replace(/^'|'$/g, '').replaceAll("''", "'"));
  if (!/[A-Za-z]/.test(letter)) return escape(run);
  if (Object.hasOwn(names, letter)) return names[letter]!;
  if ((letter === 'M' || letter === 'L') && run.length > 2) return '[a-z]+';
  const nextIsNumber = next !== undefined && /^[yMdHhmsSkKDwWFu]/.test(next);
  return nextIsNumber ? `\\d{${run.length}}` : ' {0,9}-?\\d{1,18}';
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
