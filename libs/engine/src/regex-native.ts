import { areDisjoint, isEmpty, onlyMember, rangesOf, union, type CharSet } from './char-set';
import { type RegexNode } from './regex-parser';

/** A run of characters of one set, or one of several fixed texts. */
type Item =
  | { readonly kind: 'run'; readonly set: CharSet; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly branches: readonly (readonly CharSet[])[] };

const maxItems = 64;
const maxBranches = 32;
const maxTail = 32;

/**
 * The source of a native RegExp that decides "the whole text matches" as the linear engine does, at a tenth of its cost; undefined
 * unless backtracking over it is provably linear in the text.
 *
 * Only flat patterns qualify: `item1 item2 … itemN` between `^` and `$`, each item a run `[set]{min,max}` or a choice of fixed texts
 * that begin differently. Call a run *decided* when its set shares no character with what can come next (the firsts of the items
 * after it, through those that may be empty). Then
 * 1. a decided run that gives characters back puts one of its own set before the rest; the rest cannot begin with it, so each
 *    retry fails after looking at one character, past at most `maxItems` empty items;
 * 2. a choice tried again fails at the first character, as the branches begin differently;
 * 3. so, whichever item fails, all retries together look at each character of each run a bounded number of times: linear.
 * One undecided run may stand last but for a fixed tail of at most `maxTail` characters: each of its retries costs at most that tail,
 * and the decided items before it are retried as in 1. Anything else stays with the linear engine.
 */
export function nativeSource(node: RegexNode): string | undefined {
  const items: Item[] = [];
  if (!withoutEdges(node).every(part => flatten(part, items)) || items.length > maxItems) return undefined;
  return isLinear(items) ? `^${items.map(write).join('')}$` : undefined;
}

/** A whole match stands between the ends of the text anyway: `^` first and `$` last say nothing. */
function withoutEdges(node: RegexNode): readonly RegexNode[] {
  const parts = node.kind === 'sequence' ? [...node.parts] : [node];
  const isAt = (part: RegexNode | undefined, at: 'start' | 'end'): boolean =>
    part?.kind === 'position' && part.at === at;
  if (isAt(parts[0], 'start')) parts.shift();
  if (isAt(parts.at(-1), 'end')) parts.pop();
  return parts;
}

/** Adds the items of the node; false when it is not flat. */
function flatten(node: RegexNode, items: Item[]): boolean {
  switch (node.kind) {
    case 'set':
      return addRun(node, items, { min: 1, max: 1 });
    case 'sequence':
      return node.parts.every(part => flatten(part, items));
    case 'group':
      return flatten(node.body, items);
    case 'choice': {
      const branches = node.parts.map(fixedText).filter(branch => branch !== undefined);
      if (branches.length < node.parts.length || branches.length > maxBranches || !beginDifferently(branches))
        return false;
      items.push({ kind: 'choice', branches });
      return true;
    }
    case 'repeat':
      return addRun(node.body.kind === 'group' ? node.body.body : node.body, items, node);
    case 'position':
    case 'atomic':
    case 'look':
    case 'reference':
      return false;
    default:
      return node satisfies never;
  }
}

function addRun(node: RegexNode, items: Item[], { min, max }: { readonly min: number; readonly max: number }): boolean {
  if (node.kind !== 'set' || node.isUnicodeFolded) return false;
  // A native RegExp without the u flag counts UTF-16 units, the linear engine code points: they agree on sets without astral
  // characters and halves of them, and on open runs of sets with all of them.
  if (!isUnitSet(node.set) && !(isWholeAstral(node.set) && min <= 1 && max === Infinity)) return false;
  items.push({ kind: 'run', set: node.set, min, max });
  return true;
}

function fixedText(node: RegexNode): readonly CharSet[] | undefined {
  if (node.kind === 'set') return isUnitSet(node.set) && !node.isUnicodeFolded ? [node.set] : undefined;
  if (node.kind === 'group') return fixedText(node.body);
  if (node.kind !== 'sequence') return undefined;
  const sets: CharSet[] = [];
  for (const part of node.parts) {
    const text = fixedText(part);
    if (text === undefined) return undefined;
    sets.push(...text);
  }
  return sets;
}

function beginDifferently(branches: readonly (readonly CharSet[])[]): boolean {
  return branches.every(
    (branch, i) =>
      branch[0] !== undefined &&
      branches.slice(i + 1).every(other => other[0] !== undefined && areDisjoint(branch[0]!, other[0])),
  );
}

const halves = rangesOf(0xd800, 0xdfff);
const astral = rangesOf(0x10000, 0x10ffff);
const halvesAndAstral = rangesOf(0xd800, 0xdfff, 0x10000, 0x10ffff);

function isUnitSet(set: CharSet): boolean {
  return set.properties.length === 0 && !isEmpty(set) && areDisjoint(set, halvesAndAstral);
}

function isWholeAstral(set: CharSet): boolean {
  return set.properties.length === 0 && [halves, astral].every(needed => isWithin(needed, set));
}

function isWithin(part: CharSet, whole: CharSet): boolean {
  return union(part, whole)?.ranges.join() === whole.ranges.join();
}

function isLinear(items: readonly Item[]): boolean {
  let next: CharSet | undefined = rangesOf();
  let tail = 0;
  let isTailFixed = true;
  for (const item of [...items].reverse()) {
    if (next === undefined) return false;
    const first = firstOf(item);
    if (item.kind === 'choice' || item.min !== item.max) {
      const isDecided = item.kind === 'choice' || areDisjoint(item.set, next);
      if (!isDecided && !(isTailFixed && tail <= maxTail)) return false;
      isTailFixed = false;
    } else tail += item.min;
    next = item.kind === 'run' && item.min === 0 ? union(first, next) : first;
  }
  return true;
}

function firstOf(item: Item): CharSet {
  return item.kind === 'run' ? item.set : rangesOf(...item.branches.flatMap(branch => branch[0]!.ranges));
}

function write(item: Item): string {
  if (item.kind === 'choice') return `(?:${item.branches.map(branch => branch.map(writeSet).join('')).join('|')})`;
  const { min, max } = item;
  const bounds = max === Infinity ? (['*', '+'][min] ?? `{${min},}`) : `{${min},${max}}`;
  return writeSet(item.set) + (min === 1 && max === 1 ? '' : bounds);
}

/** Escapes only: no character of the pattern reaches the RegExp as it is. */
function writeSet(set: CharSet): string {
  const only = onlyMember(set);
  if (only !== undefined) return unit(only);
  let text = '';
  for (let i = 0; i < set.ranges.length && set.ranges[i]! <= 0xffff; i += 2) {
    text += `${unit(set.ranges[i]!)}-${unit(Math.min(set.ranges[i + 1]!, 0xffff))}`;
  }
  return `[${text}]`;
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
