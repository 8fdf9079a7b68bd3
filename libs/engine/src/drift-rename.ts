/** A field that is gone and one that came, and what they hold. */
export interface Field {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** Pairs with less in common than this are one field that went and another that came. */
const enough = 3;

/** Which new field is an old one under another name: old name to new. The best pairs first; each name is in one pair at most. */
export function findRenamed(removed: readonly Field[], added: readonly Field[]): Map<string, string> {
  const pairs = removed
    .flatMap(old => added.map(now => ({ old, now, likeness: likenessOf(old, now) })))
    .filter(({ likeness }) => likeness >= enough)
    .sort((a, b) => b.likeness - a.likeness);
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  for (const { old, now } of pairs) {
    if (renamed.has(old.name) || taken.has(now.name)) continue;
    renamed.set(old.name, now.name);
    taken.add(now.name);
  }
  return renamed;
}

function likenessOf(old: Field, now: Field): number {
  const was = kindOf(old.values[0]);
  const is = kindOf(now.values[0]);
  if (was !== is && was !== 'null' && is !== 'null') return 0;
  return likenessOfNames(old.name, now.name) + likenessOfValues(old.values, now.values);
}

function likenessOfNames(old: string, now: string): number {
  const [a, b] = [wordsOf(old), wordsOf(now)];
  if (a.join('') === b.join('')) return 4;
  const common = a.filter(one => b.includes(one)).length;
  if (common > 0) return common / Math.max(a.length, b.length) >= 0.5 ? 3 : 2;
  const [short, long] = [a.join(''), b.join('')].sort((one, other) => one.length - other.length) as [string, string];
  return short.length >= 3 && long.includes(short) ? 3 : 0;
}

/** Values that say nothing (true, 0, an empty text) prove nothing. */
function likenessOfValues(old: readonly unknown[], now: readonly unknown[]): number {
  const [a, b] = [old[0], now[0]];
  if (kindOf(a) === 'object' && kindOf(b) === 'object') {
    const names = Object.keys(a as object).sort();
    return names.length >= 2 && JSON.stringify(names) === JSON.stringify(Object.keys(b as object).sort()) ? 3 : 0;
  }
  const text = JSON.stringify(a);
  return text.length > 3 && kindOf(a) !== 'boolean' && kindOf(a) !== 'null' && text === JSON.stringify(b) ? 3 : 0;
}

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(part => part !== '');
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
