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
export function randomUuid({ environment }: Pick<TemplateRun, 'environment'>): string {
  const part = (): string =>
    Math.floor(environment.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  const hex = part() + part() + part() + part();
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
