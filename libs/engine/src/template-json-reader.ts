import { readJson, type JsonReading } from './json-value';
import { JavaDouble } from './template-number';

/** Numbers whose JavaScript value would be written another way: 1.0, 2e3, 12345678901234567890. Found in texts too, which costs only time. */
const tellingNumber = /\d\.0*(?![\d])|\d[eE][+-]?\d|\d{16}/;

/**
 * Parses JSON, keeping that 1.0 is no whole number. Malformed or too deep text is "not JSON"; never throws.
 */
export function readExactJson(text: string): JsonReading {
  const plain = readJson(text);
  if (!plain.isJson || !tellingNumber.test(text)) return plain;
  return { isJson: true, value: new Reader(text).read() };
}

export function isJsonText(text: string): boolean {
  return readJson(text).isJson;
}

/** Reads text that is known to be JSON of bounded depth. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): unknown {
    this.skip();
    switch (this.text[this.at]) {
      case '{':
        return this.object();
      case '[':
        return this.list();
      case '"':
        return this.string();
      case 't':
        this.at += 4;
        return true;
      case 'f':
        this.at += 5;
        return false;
      case 'n':
        this.at += 4;
        return null;
      default:
        return this.number();
    }
  }

  private skip(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.at++;
    for (;;) {
      this.skip();
      if (this.text[this.at] === '}') break;
      if (this.text[this.at] === ',') this.at++;
      this.skip();
      const name = this.string();
      this.skip();
      this.at++;
      // Defined, not set: a member named __proto__ is a member.
      Object.defineProperty(object, name, { value: this.read(), enumerable: true, writable: true, configurable: true });
    }
    this.at++;
    return object;
  }

  private list(): unknown[] {
    const list: unknown[] = [];
    this.at++;
    for (;;) {
      this.skip();
      if (this.text[this.at] === ']') break;
      if (this.text[this.at] === ',') this.at++;
      list.push(this.read());
    }
    this.at++;
    return list;
  }

  private string(): string {
    const start = this.at++;
    while (this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1;
    return JSON.parse(this.text.slice(start, ++this.at)) as string;
  }

  private number(): number | JavaDouble {
    const start = this.at;
    while ('+-.eE0123456789'.includes(this.text[this.at] ?? 'x')) this.at++;
    const digits = this.text.slice(start, this.at);
    const value = Number(digits);
    if (!Number.isSafeInteger(value) && /^-?\d+$/.test(digits)) return new JavaDouble(value, digits);
    return /[.eE]/.test(digits) && Number.isInteger(value) ? new JavaDouble(value) : value;
  }
}
