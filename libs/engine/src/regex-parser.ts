import { foldAscii, intersect, negate, rangesOf, union, type CharSet } from './char-set';
import { anything, lineBreaks, lineEnds, namedClass, newline, shorthands } from './java-char-class';

export type RegexNode =
  /** `isUnicodeFolded`: any case, by Unicode's rules; ASCII case is in the set itself. */
  | { readonly kind: 'set'; readonly set: CharSet; readonly isUnicodeFolded: boolean }
  | { readonly kind: 'position'; readonly at: Position }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly body: RegexNode; readonly isCapturing: boolean }
  | { readonly kind: 'atomic'; readonly body: RegexNode; readonly index: number }
  /** These two only where backtracking is allowed. */
  | { readonly kind: 'look'; readonly body: RegexNode; readonly isBehind: boolean; readonly isNegated: boolean }
  | { readonly kind: 'reference'; readonly group: number; readonly isAnyCase: boolean }
  | RepeatNode;

export interface RepeatNode {
  readonly kind: 'repeat';
  readonly body: RegexNode;
  readonly min: number;
  readonly max: number;
  readonly mode: 'greedy' | 'lazy' | 'possessive';
  /** Where the quantifier stands in the pattern. */
  readonly index: number;
}

export type Position = 'start' | 'end' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'notWordEdge';

export const maxRepeat = 1_000;
const maxNesting = 100;

export class RegexSyntaxError extends Error {
  constructor(message: string, index: number) {
    super(`${message} (column ${index + 1})`);
  }
}

type Flags = Readonly<Record<'i' | 's' | 'm' | 'x' | 'd' | 'u', boolean>>;
const noFlags: Flags = { i: false, s: false, m: false, x: false, d: false, u: false };

export interface ParseOptions {
  /** Java's inline flags. */
  readonly flags: string;
  /** Whether lookaround and backreferences are taken. */
  readonly allowBacktracking: boolean;
}

/** Reads the syntax of java.util.regex; throws {@link RegexSyntaxError} for mistakes and for what is not allowed. */
export function parseRegex(pattern: string, { flags, allowBacktracking }: ParseOptions): RegexNode {
  return new RegexParser(pattern, allowBacktracking).parseWhole(flags);
}

class RegexParser {
  private at = 0;
  private depth = 0;
  private flags = noFlags;
  private groups = 0;
  private readonly names = new Map<string, number>();

  constructor(
    private readonly text: string,
    private readonly allowBacktracking: boolean,
  ) {}

  parseWhole(flags: string): RegexNode {
    for (const flag of flags) this.setFlag(flag, true);
    const node = this.choice();
    if (this.at < this.text.length) this.fail('has a ")" that closes nothing');
    return node;
  }

  private choice(): RegexNode {
    if (++this.depth > maxNesting) this.fail(`nests groups deeper than ${maxNesting}`);
    const parts = [this.sequence()];
    while (this.eat('|')) parts.push(this.sequence());
    this.depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  private sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      this.skipIgnored();
      if (this.at >= this.text.length || this.peek() === '|' || this.peek() === ')') break;
      const atoms = this.atoms();
      const last = atoms.pop();
      parts.push(...atoms);
      if (last !== undefined) parts.push(this.quantified(last));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  private quantified(body: RegexNode): RegexNode {
    let node = body;
    for (;;) {
      this.skipIgnored();
      const index = this.at;
      const bounds = this.bounds();
      if (bounds === undefined) return node;
      if (node.kind === 'repeat' && node !== body) this.fail('has a quantifier on a quantifier', index);
      const mode = this.eat('?') ? 'lazy' : this.eat('+') ? 'possessive' : 'greedy';
      node = { kind: 'repeat', body: node, ...bounds, mode, index };
    }
  }

  private bounds(): { min: number; max: number } | undefined {
    if (this.eat('*')) return { min: 0, max: Infinity };
    if (this.eat('+')) return { min: 1, max: Infinity };
    if (this.eat('?')) return { min: 0, max: 1 };
    if (this.peek() !== '{') return undefined;
    const found = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.text.slice(this.at, this.at + 32));
    if (found === null) this.fail('has a "{" that is no repetition such as {2,5}; a brace itself is written \\{');
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (max < min) this.fail('repeats at most fewer times than at least');
    if (min > maxRepeat || (max !== Infinity && max > maxRepeat))
      this.fail(`repeats more than ${maxRepeat} times; use * or +`);
    this.at += found[0].length;
    return { min, max };
  }

  /** Mostly one; a quoted `\Q…\E` gives one for each character. */
  private atoms(): RegexNode[] {
    const start = this.at;
    const char = this.next();
    switch (char) {
      case '(':
        return this.group(start);
      case '[':
        return [this.set(this.charClass(start))];
      case '.':
        return [
          {
            kind: 'set',
            set: this.flags.s ? anything : negate(this.flags.d ? newline : lineEnds),
            isUnicodeFolded: false,
          },
        ];
      case '^':
        return [{ kind: 'position', at: this.flags.m ? 'lineStart' : 'start' }];
      case '$':
        return [{ kind: 'position', at: this.flags.m ? 'lineEnd' : 'end' }];
      case '*':
      case '+':
      case '?':
        return this.fail(`has a "${char}" with nothing to repeat`, start);
      case '{':
        return this.fail('has a "{" with nothing to repeat; a brace itself is written \\{', start);
      case '\\':
        return this.escape(start);
      default:
        return [this.literal(char)];
    }
  }

  private literal(char: string): RegexNode {
    const code = char.codePointAt(0)!;
    return this.set(this.fold(rangesOf(code, code)));
  }

  private set(set: CharSet): RegexNode {
    return { kind: 'set', set, isUnicodeFolded: this.flags.i && this.flags.u };
  }

  private group(start: number): RegexNode[] {
    const outer = this.flags;
    let isCapturing = true;
    let isAtomic = false;
    if (this.eat('?')) {
      isCapturing = false;
      const look = /^<?[=!]/.exec(this.text.slice(this.at, this.at + 2))?.[0];
      if (look !== undefined) return [this.look(look, start)];
      if (this.eat('>')) isAtomic = true;
      else if (this.eat('<')) {
        this.groupName();
        isCapturing = true;
      } else if (!this.eat(':') && this.inlineFlags() === 'rest') return [];
    }
    if (isCapturing) this.groups++;
    const body = this.choice();
    if (!this.eat(')')) this.fail('has a "(" that is not closed', start);
    this.flags = outer;
    return [isAtomic ? { kind: 'atomic', body, index: start } : { kind: 'group', body, isCapturing }];
  }

  private look(sign: string, start: number): RegexNode {
    const isBehind = sign.startsWith('<');
    if (!this.allowBacktracking) this.refuse(`has a ${isBehind ? 'lookbehind' : 'lookahead'}`, start);
    this.at += sign.length;
    const outer = this.flags;
    const body = this.choice();
    if (!this.eat(')')) this.fail('has a "(" that is not closed', start);
    this.flags = outer;
    return { kind: 'look', body, isBehind, isNegated: sign.endsWith('!') };
  }

  /** `\1`, or `\k<name>`. As in Java, digits count as long as there is such a group. */
  private reference(start: number): RegexNode {
    if (!this.allowBacktracking) this.refuse(`has a backreference \\${this.peek()}`, start);
    const name = /^k<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.text.slice(this.at));
    let group = name === null ? Number(this.next()) : (this.names.get(name[1]!) ?? Number.NaN);
    if (Number.isNaN(group)) this.fail('refers to a group that has no such name before it', start);
    if (name !== null) this.at += name[0].length;
    else
      while (/^\d$/.test(this.peek()) && group * 10 + Number(this.peek()) <= this.groups)
        group = group * 10 + Number(this.next());
    return { kind: 'reference', group, isAnyCase: this.flags.i };
  }

  private groupName(): void {
    const start = this.at;
    const name = /^[a-zA-Z][a-zA-Z0-9]*(?=>)/.exec(this.text.slice(this.at))?.[0];
    if (name === undefined) this.fail('has a group name that is not letters and digits, or not closed with ">"');
    if (this.names.has(name)) this.fail(`names two groups "${name}"`, start);
    this.names.set(name, this.groups + 1);
    this.at += name.length + 1;
  }

  /** `(?i)` holds for the rest of the group around it, `(?i:…)` for its own. */
  private inlineFlags(): 'rest' | 'own' {
    let isOn = true;
    for (;;) {
      const index = this.at;
      const char = this.next();
      if (char === ')') return 'rest';
      if (char === ':') return 'own';
      if (char === '-') isOn = false;
      else this.setFlag(char, isOn, index);
    }
  }

  private setFlag(flag: string, isOn: boolean, index = this.at): void {
    if (flag === 'U')
      this.fail('has the flag U (Unicode classes), which is not supported; write \\p{L} and the like', index);
    if (!Object.hasOwn(noFlags, flag)) this.fail(`has an unknown flag or group "(?${flag}"`, index);
    this.flags = { ...this.flags, [flag]: isOn };
  }

  private escape(start: number): RegexNode[] {
    const char = this.peek();
    if (char === 'Q') return this.quoted().map(each => this.literal(each));
    if (/[1-9]/.test(char) || char === 'k') return [this.reference(start)];
    const position = positions[char];
    if (position !== undefined) {
      this.at++;
      return [{ kind: 'position', at: position }];
    }
    if (this.eat('R')) {
      const pair: RegexNode = {
        kind: 'sequence',
        parts: [13, 10].map(code => ({ kind: 'set', set: rangesOf(code, code), isUnicodeFolded: false })),
      };
      return [
        {
          kind: 'group',
          isCapturing: false,
          body: { kind: 'choice', parts: [pair, { kind: 'set', set: lineBreaks, isUnicodeFolded: false }] },
        },
      ];
    }
    const set = this.fold(this.classEscape(start));
    return [/[dDwWsShHvVpP]/.test(char) ? { kind: 'set', set, isUnicodeFolded: false } : this.set(set)];
  }

  /** `\Q…\E`, or to the end of the pattern. */
  private quoted(): string[] {
    this.at++;
    const end = this.text.indexOf('\\E', this.at);
    const inside = this.text.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.text.length : end + 2;
    return [...inside];
  }

  /** An escape that stands for characters, in a class or out of it. */
  private classEscape(start: number): CharSet {
    const char = this.next();
    if (char === '') this.fail('ends with a lone backslash', start);
    const shorthand = shorthands.get(char);
    if (shorthand !== undefined) return shorthand;
    if (char === 'p' || char === 'P') return this.property(char === 'P', start);
    const code = this.escapedCode(char, start);
    return rangesOf(code, code);
  }

  private escapedCode(char: string, start: number): number {
    if (Object.hasOwn(controls, char)) return controls[char]!;
    if (char === 'c') return (this.next().codePointAt(0) ?? this.fail('ends inside \\c', start)) ^ 64;
    if (char === 'x') return this.code(/^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/, 16, start);
    if (char === 'u') return this.utf16(start);
    if (char === '0') return this.code(/^([0-3][0-7]{2}|[0-7]{1,2})/, 8, start);
    if (/[A-Za-z0-9]/.test(char)) this.fail(`has \\${char}, which is not supported`, start);
    return char.codePointAt(0)!;
  }

  private utf16(start: number): number {
    const high = this.code(/^([0-9a-fA-F]{4})/, 16, start);
    const low = /^\\u(d[c-f][0-9a-f]{2})/i.exec(this.text.slice(this.at, this.at + 6))?.[1];
    if (high < 0xd800 || high > 0xdbff || low === undefined) return high;
    this.at += 6;
    return (high - 0xd800) * 0x400 + (Number.parseInt(low, 16) - 0xdc00) + 0x10000;
  }

  private code(shape: RegExp, radix: number, start: number): number {
    const found = shape.exec(this.text.slice(this.at, this.at + 8));
    const code = found === null ? Number.NaN : Number.parseInt(found[1] ?? found[2]!, radix);
    if (!(code <= 0x10ffff)) this.fail('has a character code that is not complete', start);
    this.at += found![0].length;
    return code;
  }

  private property(isNegated: boolean, start: number): CharSet {
    const name = /^(?:([A-Z])|\{([^}]*)\})/.exec(this.text.slice(this.at, this.at + 64));
    const set = name === null ? undefined : namedClass(name[1] ?? name[2]!);
    if (name === null || set === undefined) this.fail(`has an unknown class \\p${name?.[0] ?? ''}`, start);
    this.at += name[0].length;
    return isNegated ? negate(set) : set;
  }

  private fold(set: CharSet): CharSet {
    if (!this.flags.i) return set;
    const folded = foldAscii(set);
    return folded.properties.some(property => casedLetters.includes(property))
      ? { ...folded, properties: [...folded.properties, ...casedLetters] }
      : folded;
  }

  /** After its `[`. Java: `^` turns all of it around, `[` inside joins, `&&` intersects. */
  private charClass(start: number): CharSet {
    if (++this.depth > maxNesting) this.fail(`nests classes deeper than ${maxNesting}`);
    const isNegated = this.eat('^');
    if (isNegated && this.flags.i && this.flags.u)
      this.fail('has a negated class under (?iu), which is not supported', start);
    let set = this.classOperand(start);
    while (this.eat('&&'))
      set =
        intersect(set, this.classOperand(start)) ??
        this.fail('intersects a Unicode property, which is not supported', start);
    if (!this.eat(']')) this.fail('has a "[" that is not closed', start);
    this.depth--;
    return isNegated ? negate(set) : set;
  }

  private classOperand(start: number): CharSet {
    let set: CharSet = rangesOf();
    for (let isFirst = true; ; isFirst = false) {
      this.skipIgnored();
      if (this.at >= this.text.length) this.fail('has a "[" that is not closed', start);
      if ((this.peek() === ']' && !isFirst) || this.text.startsWith('&&', this.at)) return set;
      const item = this.classItem();
      set = union(set, item) ?? this.fail('joins a negated Unicode property with more, which is not supported', start);
    }
  }

  private classItem(): CharSet {
    const start = this.at;
    const char = this.next();
    if (char === '[') return this.charClass(start);
    if (char === '\\' && this.peek() === 'Q') {
      const codes = this.quoted().flatMap(each => [each.codePointAt(0)!, each.codePointAt(0)!]);
      return this.fold(rangesOf(...codes));
    }
    const first = char === '\\' ? this.classEscape(start) : rangesOf(char.codePointAt(0)!, char.codePointAt(0)!);
    const isRange = this.peek() === '-' && !/^-(?:[\][]|&&|$)/.test(this.text.slice(this.at));
    if (!isRange || (char === '\\' && /[dDwWsShHvVpP]/.test(this.text.charAt(start + 1)))) return this.fold(first);
    this.at++;
    const lastStart = this.at;
    const lastChar = this.next();
    const last =
      lastChar === '\\' ? this.classEscape(lastStart) : rangesOf(lastChar.codePointAt(0)!, lastChar.codePointAt(0)!);
    if (last.ranges.length !== 2 || last.ranges[0] !== last.ranges[1] || last.ranges[0]! < first.ranges[0]!) {
      this.fail('has a range of characters that ends before it begins', start);
    }
    return this.fold(rangesOf(first.ranges[0]!, last.ranges[0]!));
  }

  private skipIgnored(): void {
    if (!this.flags.x) return;
    this.at += /^(?:[ \t-\r]|#[^\n\r\u0085\u2028\u2029]*)*/.exec(this.text.slice(this.at))![0].length;
  }

  private peek(): string {
    return this.text.charAt(this.at);
  }

  /** The next code point, not half of one. */
  private next(): string {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) return '';
    const char = String.fromCodePoint(code);
    this.at += char.length;
    return char;
  }

  private eat(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  private refuse(construct: string, index: number): never {
    return this.fail(
      `${construct}, which linear time cannot do and ALLOW_BACKTRACKING_REGEX does not allow here`,
      index,
    );
  }

  private fail(message: string, index = this.at): never {
    throw new RegexSyntaxError(message, index);
  }
}

/** Java takes any of the three for any other when case does not matter. */
const casedLetters = ['\\p{Lu}', '\\p{Ll}', '\\p{Lt}'];
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };
const positions: Readonly<Record<string, Position | undefined>> = {
  A: 'start',
  z: 'end',
  Z: 'end',
  b: 'wordEdge',
  B: 'notWordEdge',
};
