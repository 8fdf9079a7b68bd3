export interface JsonMistake {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Says where and why `text` is not JSON; undefined if it is. V8 names no position for half of its messages and words
 * them differently from version to version, so a text that `JSON.parse` refused is read again, without recursion.
 */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const reader = new JsonReader(text);
  const message = reader.read();
  return message === undefined ? undefined : { message, ...positionOf(text, reader.at) };
}

/** Line and column from 1; the column counts UTF-16 units. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

class JsonReader {
  at = 0;
  private readonly open: ('{' | '[')[] = [];

  constructor(private readonly text: string) {}

  /** What is wrong at `at`, or undefined. */
  read(): string | undefined {
    for (;;) {
      let mistake = this.readValueStart();
      while (mistake === 'closed') {
        const next = this.readAfterValue();
        if (next === 'end') return undefined;
        mistake = next;
      }
      if (mistake !== 'next') return mistake;
    }
  }

  /** 'next': a value must follow; 'closed': a value is complete; anything else is the mistake. */
  private readValueStart(): string {
    this.skip(SPACE);
    const char = this.text[this.at];
    if (char === '{') {
      this.push('{');
      return this.takes('}') ? this.close() : this.readKey();
    }
    if (char === '[') {
      this.push('[');
      return this.takes(']') ? this.close() : 'next';
    }
    if (char === '"') return this.readString() ?? 'closed';
    return this.skip(SCALAR) ? 'closed' : this.describe('a value');
  }

  private readAfterValue(): string {
    const container = this.open.at(-1);
    this.skip(SPACE);
    if (container === undefined) {
      return this.at >= this.text.length ? 'end' : 'More text follows after the end of the JSON value';
    }
    const closing = container === '{' ? '}' : ']';
    if (this.takes(closing)) return this.close();
    const commaAt = this.at;
    if (!this.takes(',')) return this.describe(`',' or '${closing}'`);
    this.skip(SPACE);
    if (this.text[this.at] === closing) {
      this.at = commaAt;
      return `A comma before '${closing}' is not allowed`;
    }
    return container === '{' ? this.readKey() : 'next';
  }

  private readKey(): string {
    this.skip(SPACE);
    if (this.text[this.at] !== '"') return this.describe('a field name in double quotes');
    const mistake = this.readString();
    if (mistake !== undefined) return mistake;
    this.skip(SPACE);
    return this.takes(':') ? 'next' : this.describe("':'");
  }

  /** A loop, not a pattern: a string of many megabytes overflows the stack of the regex engine. */
  private readString(): string | undefined {
    const startedAt = this.at;
    for (this.at++; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.at++;
        return undefined;
      }
      if (code < 0x20) return 'A control character must be escaped in a string';
      if (code === BACKSLASH) {
        if (!this.skip(ESCAPE)) return 'This escape is not allowed in a string';
        this.at--;
      }
    }
    this.at = startedAt;
    return 'The string is never closed';
  }

  private describe(expected: string): string {
    const char = this.text[this.at];
    if (char === undefined) return `The text ends where ${expected} should be`;
    if (this.text.startsWith('//', this.at) || this.text.startsWith('/*', this.at)) return 'Comments are not allowed';
    if (char === "'") return `Expected ${expected}, found a single quote: use double quotes`;
    const word = /[\w.+-]{1,20}/y;
    word.lastIndex = this.at;
    return `Expected ${expected}, found '${word.exec(this.text)?.[0] ?? String.fromCodePoint(this.text.codePointAt(this.at) ?? 0)}'`;
  }

  private push(container: '{' | '['): void {
    this.open.push(container);
    this.at++;
  }

  private close(): 'closed' {
    this.open.pop();
    return 'closed';
  }

  private takes(char: string): boolean {
    this.skip(SPACE);
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at += match[0].length;
    return match !== null;
  }
}
