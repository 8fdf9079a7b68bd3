/** Java's DecimalFormat: what a pattern and a locale make of a number. */
export interface DecimalFormat {
  readonly pattern: string;
  /** The named style, when one was asked for. */
  readonly style: string | undefined;
  /** BCP 47. */
  readonly locale: string;
  readonly isGrouped: boolean | undefined;
  readonly maxFraction: number | undefined;
  readonly minFraction: number | undefined;
  readonly minInteger: number | undefined;
  readonly rounding: string | undefined;
}

const currencies: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK'.split(' ').map(country => [country, 'EUR']),
  ),
  ...Object.fromEntries(
    'AU:AUD BR:BRL CA:CAD CH:CHF CN:CNY CZ:CZK DK:DKK GB:GBP HU:HUF IL:ILS IN:INR JP:JPY KR:KRW MX:MXN NO:NOK NZ:NZD PL:PLN RU:RUB SE:SEK SG:SGD TR:TRY TW:TWD UA:UAH US:USD ZA:ZAR'
      .split(' ')
      .map(pair => pair.split(':') as [string, string]),
  ),
};

const roundingModes: Readonly<Record<string, Intl.NumberFormatOptions['roundingMode']>> = {
  up: 'expand',
  down: 'trunc',
  ceiling: 'ceil',
  floor: 'floor',
  half_up: 'halfExpand',
  half_down: 'halfTrunc',
  half_even: 'halfEven',
};

const formats = new Map<string, Intl.NumberFormat>();
const maxFormats = 200;

/** Making one costs as much as using it a hundred times. */
function intlFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  const known = formats.get(key);
  if (known !== undefined) return known;
  if (formats.size >= maxFormats) formats.clear();
  const made = new Intl.NumberFormat(locale, options);
  formats.set(key, made);
  return made;
}

export function formatDecimal(value: number, format: DecimalFormat): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  const roundingMode = roundingModes[format.rounding ?? 'half_even'] ?? 'halfEven';
  if (format.style === 'currency') return currencyText(value, format, roundingMode);
  const [positive = '', negative] = splitUnquoted(format.pattern);
  const part = readPattern(positive);
  const isNegative = value < 0;
  const size = Math.abs(value) * part.scale;
  const digits =
    part.exponent === undefined ? plainDigits(size, part, { ...format, roundingMode }) : scientific(size, part);
  if (!isNegative) return part.prefix + digits + part.suffix;
  if (negative === undefined) return `-${part.prefix}${digits}${part.suffix}`;
  const other = readPattern(negative);
  return other.prefix + digits + other.suffix;
}

function currencyText(
  value: number,
  { locale }: DecimalFormat,
  roundingMode: Intl.NumberFormatOptions['roundingMode'],
): string {
  const currency = currencies[locale.split('-').find(part => /^[A-Z]{2}$/.test(part)) ?? ''];
  if (currency === undefined)
    return `${value < 0 ? '-' : ''}¤${intlFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, roundingMode }).format(Math.abs(value))}`;
  return intlFormat(locale, { style: 'currency', currency, roundingMode }).format(value);
}

interface Pattern {
  readonly prefix: string;
  readonly suffix: string;
  readonly minInteger: number;
  readonly minFraction: number;
  readonly maxFraction: number;
  readonly isGrouped: boolean;
  readonly scale: number;
  /** How many digits the exponent has at least. */
  readonly exponent: number | undefined;
}

/** At the `;` that is not within quotes. */
function splitUnquoted(pattern: string): string[] {
  let isQuoted = false;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === "'") isQuoted = !isQuoted;
    else if (pattern[i] === ';' && !isQuoted) return [pattern.slice(0, i), pattern.slice(i + 1)];
  }
  return [pattern];
}

function readPattern(pattern: string): Pattern {
  let prefix = '';
  let body = '';
  let suffix = '';
  let scale = 1;
  let isQuoted = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === "'") {
      if (pattern[i + 1] === "'") {
        if (body === '') prefix += "'";
        else suffix += "'";
        i++;
      } else isQuoted = !isQuoted;
    } else if (
      !isQuoted &&
      suffix === '' &&
      (/[#0,.]/.test(char) || (char === 'E' && body !== '' && pattern[i + 1] === '0'))
    )
      body += char;
    else {
      if (!isQuoted && char === '%') scale = 100;
      if (!isQuoted && char === '‰') scale = 1_000;
      if (body === '') prefix += char;
      else suffix += char;
    }
  }
  const [mantissa = '', exponent] = body.split('E');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return {
    prefix,
    suffix,
    minInteger: whole.replace(/[^0]/g, '').length,
    minFraction: fraction.replace(/[^0]/g, '').length,
    maxFraction: fraction.replace(/[^0#]/g, '').length,
    isGrouped: whole.includes(','),
    scale,
    exponent: exponent?.length,
  };
}

function plainDigits(
  size: number,
  part: Pattern,
  format: DecimalFormat & { readonly roundingMode: Intl.NumberFormatOptions['roundingMode'] },
): string {
  const least = Math.min(100, format.minFraction ?? part.minFraction);
  const most = Math.min(100, Math.max(least, format.maxFraction ?? part.maxFraction));
  const text = intlFormat(format.locale, {
    minimumIntegerDigits: Math.min(21, Math.max(1, format.minInteger ?? part.minInteger)),
    minimumFractionDigits: format.maxFraction === undefined ? least : Math.min(least, most),
    maximumFractionDigits: most,
    useGrouping: format.isGrouped ?? part.isGrouped,
    roundingMode: format.roundingMode,
  }).format(size);
  return text;
}

function scientific(size: number, part: Pattern): string {
  const [digits = '0', exponent = '0'] = size.toExponential(part.maxFraction).split('e');
  const kept = digits.replace(/\.?0+$/, '');
  const [whole = '', fraction = ''] = kept.split('.');
  const padded = fraction.padEnd(part.minFraction, '0');
  const power = Number(exponent);
  const written = String(Math.abs(power)).padStart(part.exponent ?? 1, '0');
  return `${whole}${padded === '' ? '' : `.${padded}`}E${power < 0 ? '-' : ''}${written}`;
}
