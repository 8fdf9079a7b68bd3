import { compileRegex, type LinearRegex } from './linear-regex';

export const maxPathLength = 2_000;
/** Filters, parentheses, paths and lists inside one another. */
export const maxPathDepth = 24;

export interface PathTree {
  readonly base: '$' | '@';
  readonly tokens: readonly PathToken[];
}

export type PathToken =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'scan' }
  | { readonly kind: 'filter'; readonly condition: Condition }
  | { readonly kind: 'function'; readonly name: FunctionName; readonly operands: readonly Operand[] };

export type Condition =
  | { readonly kind: 'or' | 'and'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'exists'; readonly path: PathTree }
  | { readonly kind: 'compare'; readonly operator: Operator; readonly left: Operand; readonly right: Operand };

export type Operand =
  | { readonly kind: 'path'; readonly path: PathTree }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'regex'; readonly regex: LinearRegex };

const signs = ['===', '!==', '==', '!=', '<=', '>=', '=~', '<', '>'] as const;
const words = ['in', 'nin', 'subsetof', 'anyof', 'noneof', 'all', 'size', 'empty', 'contains'] as const;
const functions = [
  'length',
  'size',
  'min',
  'max',
  'avg',
  'stddev',
  'sum',
  'keys',
  'concat',
  'append',
  'first',
  'last',
  'index',
] as const;
export type Operator = (typeof signs)[number] | (typeof words)[number];
export type FunctionName = (typeof functions)[number];

export class PathSyntaxError extends Error {
  constructor(
    message: string,
    readonly column: number,
  ) {
    super(message);
  }
}

/** Reads a JSONPath as Jayway json-path 2 does; throws {@link PathSyntaxError}. Nothing in it is ever run as code. */
export function parseJsonPath(text: string): PathTree {
  if (text.length > maxPathLength)
    throw new PathSyntaxError(`is longer than ${maxPathLength} characters`, maxPathLength + 1);
  return new PathParser(text).parseWhole();
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class PathParser {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  parseWhole(): PathTree {
    this.skipBlanks();
    if (this.at === this.text.length) this.fail('is empty');
    const hasRoot = this.peek() === '$' || this.peek() === '@';
    // Jayway reads `a.b` as `$.a.b`.
    const tree = hasRoot
      ? this.path(false)
      : { base: '$' as const, tokens: this.tokens([this.memberOrFunction(false)], false) };
    this.skipBlanks();
    if (this.at < this.text.length) this.fail(`has "${this.peek()}" where "." or "[" was expected`);
    return tree;
  }

  private path(isInner: boolean): PathTree {
    const base = this.next() as '$' | '@';
    return { base, tokens: this.tokens([], isInner) };
  }

  private tokens(tokens: PathToken[], isInner: boolean): PathToken[] {
    for (;;) {
      if (this.peek() === '.') {
        this.at++;
        if (this.peek() === '.') {
          this.at++;
          tokens.push({ kind: 'scan' });
        }
        if (this.at === this.text.length) this.fail('must not end with a dot');
      } else if (this.peek() !== '[') {
        return tokens;
      }
      if (tokens.at(-1)?.kind === 'function') this.fail('has something after a function; functions stand at the end');
      tokens.push(this.peek() === '[' ? this.bracket() : this.memberOrFunction(isInner));
    }
  }

  private memberOrFunction(isInner: boolean): PathToken {
    if (this.peek() === '[') return this.bracket();
    if (this.eat('*')) return { kind: 'wildcard' };
    const start = this.at;
    while (this.at < this.text.length && !this.endsName(this.peek(), isInner)) this.at++;
    if (this.at === start) this.fail(`has "${this.peek()}" where a name was expected`);
    const name = this.text.slice(start, this.at);
    if (this.peek() !== '(') return { kind: 'names', names: [name] };
    const known = functions.find(each => each === name);
    if (known === undefined) this.fail(`has an unknown function "${name}"; known are ${functions.join(', ')}`, start);
    return { kind: 'function', name: known, operands: this.operands() };
  }

  private endsName(char: string, isInner: boolean): boolean {
    if (' \t\r\n.[](){}\'"'.includes(char)) return true;
    return isInner
      ? '<>=~!,'.includes(char) || this.text.startsWith('&&', this.at) || this.text.startsWith('||', this.at)
      : char === '=' || char === ';';
  }

  private operands(): Operand[] {
    this.expect('(');
    const found: Operand[] = [];
    this.skipBlanks();
    if (this.eat(')')) return found;
    do found.push(this.operand());
    while (this.eatAfterBlanks(','));
    this.skipBlanks();
    this.expect(')');
    return found;
  }

  private bracket(): PathToken {
    this.expect('[');
    this.skipBlanks();
    const token = this.inBracket();
    this.skipBlanks();
    this.expect(']');
    return token;
  }

  private inBracket(): PathToken {
    const char = this.peek();
    if (char === "'" || char === '"') {
      const names = [this.quoted()];
      while (this.eatAfterBlanks(',')) {
        this.skipBlanks();
        names.push(this.quoted());
      }
      return { kind: 'names', names };
    }
    if (this.eat('*')) return { kind: 'wildcard' };
    if (this.eat('?')) return { kind: 'filter', condition: this.nested(() => this.anyOf()) };
    return this.indexesOrSlice();
  }

  private indexesOrSlice(): PathToken {
    const first = this.integer();
    this.skipBlanks();
    if (this.peek() === ':') return this.slice(first);
    if (first === undefined) this.fail("has a bracket that holds no quoted name, number, '*' or '?'");
    const indexes = [first];
    while (this.eatAfterBlanks(',')) {
      this.skipBlanks();
      indexes.push(this.integer() ?? this.fail('has a list of indexes with a part that is no number'));
    }
    return { kind: 'indexes', indexes };
  }

  private slice(from: number | undefined): PathToken {
    this.expect(':');
    this.skipBlanks();
    const to = this.integer();
    const stepColumn = this.at + 1;
    const step = this.eatAfterBlanks(':') ? (this.integer() ?? 1) : 1;
    if (step < 1) this.fail('has a slice whose step is below 1', stepColumn);
    return { kind: 'slice', step, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  }

  private anyOf(): Condition {
    return this.list('or', '||', () => this.list('and', '&&', () => this.condition()));
  }

  private list(kind: 'or' | 'and', sign: string, part: () => Condition): Condition {
    const parts = [part()];
    while (this.eatAfterBlanks(sign)) parts.push(part());
    return parts.length === 1 ? parts[0]! : { kind, parts };
  }

  private condition(): Condition {
    this.skipBlanks();
    if (this.eat('!')) return { kind: 'not', part: this.nested(() => this.condition()) };
    if (this.eat('(')) {
      const inner = this.nested(() => this.anyOf());
      this.skipBlanks();
      this.expect(')');
      return inner;
    }
    const start = this.at;
    const left = this.operand();
    const operator = this.operator();
    if (operator !== undefined) return { kind: 'compare', operator, left, right: this.operand() };
    if (left.kind !== 'path')
      this.fail('has a filter in which a value stands alone; compare it with a path such as @.name', start);
    return { kind: 'exists', path: left.path };
  }

  private operator(): Operator | undefined {
    this.skipBlanks();
    const sign = signs.find(each => this.text.startsWith(each, this.at));
    if (sign !== undefined) {
      this.at += sign.length;
      return sign;
    }
    const word = /^[A-Za-z_]+/.exec(this.text.slice(this.at, this.at + 12))?.[0];
    if (word === undefined) return undefined;
    const known = words.find(each => each === word.toLowerCase());
    if (known === undefined)
      this.fail(`has an unknown operator "${word}"; known are ${[...signs, ...words].join(' ')}`);
    this.at += word.length;
    return known;
  }

  private operand(): Operand {
    this.skipBlanks();
    const char = this.peek();
    if (char === '$' || char === '@') return { kind: 'path', path: this.nested(() => this.path(true)) };
    if (char === '/') return this.regex();
    return { kind: 'literal', value: this.literal(false) };
  }

  private regex(): Operand {
    const start = this.at++;
    while (this.peek() !== '/') {
      if (this.at >= this.text.length) this.fail('has a regular expression that is not closed with "/"', start);
      this.at += this.peek() === '\\' ? 2 : 1;
    }
    const source = this.text.slice(start + 1, this.at++);
    const flags = /^[a-zA-Z]*/.exec(this.text.slice(this.at))![0];
    this.at += flags.length;
    const compiled = compileRegex(source, { flags });
    if (!compiled.ok) this.fail(`has a regular expression that cannot be used: ${compiled.message}`, start);
    return { kind: 'regex', regex: compiled.regex };
  }

  /** JSON, with single quotes too; inside lists and objects a bare word is a text, as json-smart reads it. */
  private literal(isInside: boolean): unknown {
    this.skipBlanks();
    const char = this.peek();
    if (char === "'" || char === '"') return this.quoted();
    if (char === '[') return this.nested(() => this.arrayLiteral());
    if (char === '{') return this.nested(() => this.objectLiteral());
    const number = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$])/.exec(this.text.slice(this.at))?.[0];
    if (number !== undefined) {
      this.at += number.length;
      return Number(number);
    }
    const word = /^[^\s,:[\]{}()'"<>=!~&|@$/]+/.exec(this.text.slice(this.at))?.[0] ?? '';
    const start = this.at;
    this.at += word.length;
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    if (word !== '' && isInside) return word;
    return this.fail(
      `has "${word || char}" where a path, 'text', number, true, false, null, [list] or /regex/ was expected`,
      start,
    );
  }

  private arrayLiteral(): unknown[] {
    this.expect('[');
    const values: unknown[] = [];
    if (this.eatAfterBlanks(']')) return values;
    do values.push(this.literal(true));
    while (this.eatAfterBlanks(','));
    this.skipBlanks();
    this.expect(']');
    return values;
  }

  private objectLiteral(): unknown {
    this.expect('{');
    const members: [string, unknown][] = [];
    if (this.eatAfterBlanks('}')) return {};
    do {
      const key = this.literal(true);
      this.skipBlanks();
      this.expect(':');
      members.push([String(key), this.literal(true)]);
    } while (this.eatAfterBlanks(','));
    this.skipBlanks();
    this.expect('}');
    return Object.fromEntries(members);
  }

  private quoted(): string {
    const start = this.at;
    const quote = this.next();
    if (quote !== "'" && quote !== '"') this.fail('has a part of a list that is not quoted', start);
    let value = '';
    for (;;) {
      if (this.at >= this.text.length) this.fail(`has a text that is not closed with ${quote}`, start);
      const char = this.next();
      if (char === quote) return value;
      value += char === '\\' ? this.escaped() : char;
    }
  }

  private escaped(): string {
    const char = this.next();
    if (char !== 'u') return escapes[char] ?? char;
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('has \\u without four hexadecimal digits');
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private integer(): number | undefined {
    const digits = /^-?\d{1,9}(?!\d)/.exec(this.text.slice(this.at))?.[0];
    if (digits === undefined) return undefined;
    this.at += digits.length;
    return Number(digits);
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > maxPathDepth) this.fail(`is nested deeper than ${maxPathDepth}`);
    const found = read();
    this.depth--;
    return found;
  }

  private peek(): string {
    return this.text.charAt(this.at);
  }

  private next(): string {
    return this.text.charAt(this.at++);
  }

  private eat(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  private eatAfterBlanks(sign: string): boolean {
    this.skipBlanks();
    return this.eat(sign);
  }

  private expect(sign: string): void {
    if (!this.eat(sign))
      this.fail(
        this.at < this.text.length
          ? `has "${this.peek()}" where "${sign}" was expected`
          : `ends where "${sign}" was expected`,
      );
  }

  private skipBlanks(): void {
    while (/\s/.test(this.peek())) this.at++;
  }

  private fail(message: string, index = this.at): never {
    throw new PathSyntaxError(message, Math.min(index, this.text.length) + 1);
  }
}
