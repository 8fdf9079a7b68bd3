import { boundedNumber, decimalNumber, hashFlag, wholeNumber } from './template-arguments';
import { JavaDouble } from './template-number';
import { TemplateError, type Helper, type HelperCall, type TemplateRun } from './template-run';

/** The longest text that is made at random. */
const maxLength = 100_000;
const defaultLength = 36;

const lowerCase = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const symbols = ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

const alphabets: Readonly<Record<string, string>> = {
  ALPHANUMERIC: lowerCase + digits,
  ALPHABETIC: lowerCase,
  NUMERIC: digits,
  HEXADECIMAL: `${digits}abcdef`,
  ALPHANUMERIC_AND_SYMBOLS: lowerCase + digits + symbols,
};

export const randomHelpers: Readonly<Record<string, Helper>> = {
  randomValue: call => {
    const { hash, run } = call;
    const type = typeof hash['type'] === 'string' ? hash['type'] : 'ALPHANUMERIC';
    const text = type === 'UUID' ? randomUuid(run) : randomText(call, alphabets[type] ?? printable);
    return hashFlag(call, 'uppercase') ? text.toUpperCase() : text;
  },
  randomInt: ({ hash, run }) => {
    const from = hash['lower'] === undefined ? -2_147_483_648 : wholeNumber(hash['lower'], 'lower');
    const to = hash['upper'] === undefined ? 2_147_483_647 : wholeNumber(hash['upper'], 'upper');
    if (from >= to) throw new TemplateError('upper must be greater than lower');
    return run.randomInt(from, to);
  },
  randomDecimal: ({ hash, run }) => {
    const from = hash['lower'] === undefined ? 5e-324 : decimalNumber(hash['lower'], 'lower');
    const to = hash['upper'] === undefined ? Number.MAX_VALUE : decimalNumber(hash['upper'], 'upper');
    if (from >= to) throw new TemplateError('upper must be greater than lower');
    return new JavaDouble(from + run.environment.random() * (to - from));
  },
};

/** What WireMock makes of a type that it does not know: printable characters. */
const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');

function randomText({ hash, run }: HelperCall, alphabet: string): string {
  const length = hash['length'] === undefined ? defaultLength : boundedNumber(hash['length'], 'length', maxLength);
  run.work(length * 4);
  run.write(length);
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[run.randomInt(0, alphabet.length)]!;
  return text;
}

/** Version 4 (RFC 9562), from the run's own chance. */
const bytePairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Version 4 (RFC 9562, 5.4). */
export function randomUuid({ environment }: Pick<TemplateRun, 'environment'>): string {
  const word = (): number => Math.floor(environment.random() * 0x1_0000_0000);
  const [a, b, c, d] = [word(), word(), word(), word()];
  const version = (b & 0xffff_0fff) | 0x4000;
  const variant = (c & 0x3fff_ffff) | 0x8000_0000;
  return `${high(a)}${low(a)}-${high(b)}-${low(version)}-${high(variant)}-${low(c)}${high(d)}${low(d)}`;
}

function high(word: number): string {
  return bytePairs[word >>> 24]! + bytePairs[(word >>> 16) & 255]!;
}

function low(word: number): string {
  return bytePairs[(word >>> 8) & 255]! + bytePairs[word & 255]!;
}
