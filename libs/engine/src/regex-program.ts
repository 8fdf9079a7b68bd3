import { areDisjoint, isEmpty, maxCodePoint, onlyMember, rangesOf, union, type CharSet } from './char-set';
import { RegexSyntaxError, type Position, type RegexNode, type RepeatNode } from './regex-parser';

/** What may come next; undefined when that cannot be told. */
type Follow = CharSet | undefined;

const nobody = rangesOf();

/**
 * The pattern in RE2's syntax. Classes, case and line ends are spelled out, so that RE2's own notions of `\s`, `.` and `(?i)`, which
 * differ from Java's, never apply. Throws {@link RegexSyntaxError} for possessive parts that are not provably the same as greedy ones.
 */
export function toRe2(node: RegexNode): string {
  return write(node, nobody);
}

function write(node: RegexNode, follow: Follow): string {
  switch (node.kind) {
    case 'set':
      return node.isUnicodeFolded ? `(?i:${writeSet(node.set)})` : writeSet(node.set);
    case 'position':
      return positions[node.at];
    case 'sequence':
      return writeSequence(node.parts, follow);
    case 'choice':
      return `(?:${node.parts.map(part => write(part, follow)).join('|')})`;
    case 'group':
      return `(${node.isCapturing ? '' : '?:'}${write(node.body, follow)})`;
    case 'atomic':
      return writeAtomic(node, follow);
    case 'repeat':
      return writeRepeat(node, follow);
    case 'look':
    case 'reference':
      throw new RegexSyntaxError('has a part that needs backtracking', 0);
    default:
      return node satisfies never;
  }
}

const positions: Readonly<Record<Position, string>> = {
  start: '\\A',
  end: '\\z',
  lineStart: '(?m:^)',
  lineEnd: '(?m:$)',
  wordEdge: '\\b',
  notWordEdge: '\\B',
};

function writeSequence(parts: readonly RegexNode[], follow: Follow): string {
  const texts: string[] = [];
  let next = follow;
  for (const part of [...parts].reverse()) {
    texts.unshift(write(part, next));
    const first = firstOf(part);
    next = first.isNullable ? join(first.set, next) : first.set;
  }
  return texts.join('');
}

function writeRepeat(node: RepeatNode, follow: Follow): string {
  const { body, min, max } = node;
  if (node.mode === 'possessive' && min !== max && !isSameWhenGreedy(body, follow)) {
    throw new RegexSyntaxError(
      'has a possessive quantifier that linear time cannot do here; drop its second +',
      node.index,
    );
  }
  const bounds =
    max === Infinity
      ? (['*', '+'][min] ?? `{${min},}`)
      : min === 0 && max === 1
        ? '?'
        : min === max
          ? `{${min}}`
          : `{${min},${max}}`;
  return `(?:${write(body, max > 1 ? join(firstOf(body).set, follow) : follow)})${bounds}${node.mode === 'lazy' ? '?' : ''}`;
}

function writeAtomic({ body, index }: Extract<RegexNode, { kind: 'atomic' }>, follow: Follow): string {
  const isFixed = isWithoutChoice(body);
  const isRun = body.kind === 'repeat' && body.mode !== 'lazy' && isSameWhenGreedy(body.body, follow);
  if (isFixed || isRun) return `(?:${write(body, follow)})`;
  throw new RegexSyntaxError('has an atomic group that linear time cannot do here; write (?:…)', index);
}

/**
 * A run of characters never needs to give one back when what follows cannot begin with such a character: giving back would put
 * exactly such a character before what follows.
 */
function isSameWhenGreedy(body: RegexNode, follow: Follow): boolean {
  return body.kind === 'set' && !body.isUnicodeFolded && follow !== undefined && areDisjoint(body.set, follow);
}

function isWithoutChoice(node: RegexNode): boolean {
  if (node.kind === 'set' || node.kind === 'position') return true;
  if (node.kind === 'sequence') return node.parts.every(isWithoutChoice);
  if (node.kind === 'group' || node.kind === 'atomic') return isWithoutChoice(node.body);
  return node.kind === 'repeat' && node.min === node.max && isWithoutChoice(node.body);
}

function firstOf(node: RegexNode): { readonly set: Follow; readonly isNullable: boolean } {
  switch (node.kind) {
    case 'set':
      return { set: node.isUnicodeFolded ? undefined : node.set, isNullable: false };
    case 'position':
      return { set: nobody, isNullable: true };
    case 'look':
    case 'reference':
      return { set: undefined, isNullable: true };
    case 'group':
    case 'atomic':
      return firstOf(node.body);
    case 'repeat': {
      const first = firstOf(node.body);
      return { set: first.set, isNullable: node.min === 0 || first.isNullable };
    }
    case 'choice': {
      const firsts = node.parts.map(firstOf);
      return {
        set: firsts.map(first => first.set).reduce(join, nobody),
        isNullable: firsts.some(first => first.isNullable),
      };
    }
    case 'sequence': {
      let set: Follow = nobody;
      for (const part of node.parts) {
        const first = firstOf(part);
        set = join(set, first.set);
        if (!first.isNullable) return { set, isNullable: false };
      }
      return { set, isNullable: true };
    }
    default:
      return node satisfies never;
  }
}

function join(one: Follow, other: Follow): Follow {
  return one === undefined || other === undefined ? undefined : union(one, other);
}

function writeSet(set: CharSet): string {
  const only = onlyMember(set);
  if (only !== undefined && !set.isNegated) return codeText(only);
  if (isEmpty(set)) return `[^${rangeText(0, maxCodePoint)}]`;
  const ranges: string[] = [];
  for (let i = 0; i < set.ranges.length; i += 2) ranges.push(rangeText(set.ranges[i]!, set.ranges[i + 1]!));
  return `[${set.isNegated ? '^' : ''}${ranges.join('')}${set.properties.join('')}]`;
}

function rangeText(from: number, to: number): string {
  return from === to ? codeText(from) : `${codeText(from)}-${codeText(to)}`;
}

function codeText(code: number): string {
  const isPlain = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isPlain ? String.fromCharCode(code) : `\\x{${code.toString(16)}}`;
}

/** About how many instructions the engine's program will have. */
export function sizeOf(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
    case 'position':
      return 1;
    case 'sequence':
    case 'choice':
      return node.parts.reduce((sum, part) => sum + sizeOf(part) + (node.kind === 'choice' ? 1 : 0), 0);
    case 'reference':
      return 1;
    case 'group':
    case 'atomic':
    case 'look':
      return sizeOf(node.body) + 2;
    case 'repeat':
      return (sizeOf(node.body) + 1) * Math.max(1, node.max === Infinity ? node.min : node.max);
    default:
      return node satisfies never;
  }
}

/** How often the innermost part may be repeated by counted quantifiers around one another. */
export function repetitionsOf(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
    case 'position':
    case 'reference':
      return 1;
    case 'sequence':
    case 'choice':
      return node.parts.reduce((most, part) => Math.max(most, repetitionsOf(part)), 1);
    case 'group':
    case 'atomic':
    case 'look':
      return repetitionsOf(node.body);
    case 'repeat':
      return repetitionsOf(node.body) * Math.max(1, node.max === Infinity ? node.min : node.max);
    default:
      return node satisfies never;
  }
}

/** The text that every whole match begins with; `isAll`: and it is nothing but that. */
export function prefixOf(node: RegexNode): { readonly text: string; readonly isAll: boolean } {
  switch (node.kind) {
    case 'set': {
      const only = node.isUnicodeFolded || node.set.isNegated ? undefined : onlyMember(node.set);
      return only === undefined ? { text: '', isAll: false } : { text: String.fromCodePoint(only), isAll: true };
    }
    case 'position':
    case 'look':
      return { text: '', isAll: true };
    case 'group':
    case 'atomic':
      return prefixOf(node.body);
    case 'choice':
      return { text: node.parts.map(part => prefixOf(part).text).reduce(commonPrefix), isAll: false };
    case 'repeat':
    case 'reference':
      return { text: '', isAll: false };
    case 'sequence': {
      let text = '';
      for (const part of node.parts) {
        const prefix = prefixOf(part);
        text += prefix.text;
        if (!prefix.isAll) return { text, isAll: false };
      }
      return { text, isAll: true };
    }
    default:
      return node satisfies never;
  }
}

function commonPrefix(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}
