/** A number that Java would hold as a double: 3.0 is written `3.0`, not `3`. */
export class JavaDouble {
  constructor(
    readonly value: number,
    /** As it was written, where that says more than the value can hold. */
    private readonly written?: string,
  ) {}

  get text(): string {
    return this.written ?? doubleText(this.value);
  }
}

/** The number that a value is; undefined for anything else, text included. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof JavaDouble ? value.value : undefined;
}

/** Whole numbers plain, all others as Java's `Double.toString`. */
export function numberText(value: number): string {
  if (!Number.isInteger(value)) return doubleText(value);
  return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString();
}

/** Java's `Double.toString`: digits with at least one after the point, or `1.0E10` outside 0.001 to 10,000,000. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** A decimal number as digits and how many of them follow the point: 1.50 is 150 with scale 2. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const maxDigits = 400;

function decimalOf(value: unknown, text: string): Decimal {
  const found = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  if (found === null || text.length > maxDigits) return { digits: 0n, scale: 0 };
  const fraction = found[3] ?? '';
  const scale = fraction.length - Number(found[4] ?? 0);
  const digits = BigInt(`${found[1] === '-' ? '-' : ''}${found[2]}${fraction}`);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

export type MathOutcome =
  { readonly ok: true; readonly value: number | JavaDouble } | { readonly ok: false; readonly reason: string };

/**
 * WireMock's arithmetic: decimal, a quotient has as many decimal places as its dividend (half up), and what has decimal places is
 * written as a double. Text that is no number counts as 0. Undefined: there is no such operator.
 */
export function calculate(
  left: { readonly value: unknown; readonly text: string },
  operator: string,
  right: { readonly value: unknown; readonly text: string },
): MathOutcome | undefined {
  const a = decimalOf(left.value, left.text);
  const b = decimalOf(right.value, right.text);
  const scale = Math.max(a.scale, b.scale);
  const x = a.digits * 10n ** BigInt(scale - a.scale);
  const y = b.digits * 10n ** BigInt(scale - b.scale);
  switch (operator) {
    case '+':
      return done(x + y, scale);
    case '-':
      return done(x - y, scale);
    case '*':
    case 'x':
      return done(a.digits * b.digits, a.scale + b.scale);
    case '/':
      return y === 0n ? { ok: false, reason: 'divides by zero' } : done(quotient(a, b), a.scale);
    case '%':
      return y === 0n ? { ok: false, reason: 'divides by zero' } : done(x % y, scale);
    default:
      return undefined;
  }
}

function quotient(a: Decimal, b: Decimal): bigint {
  const top = a.digits * 10n ** BigInt(b.scale);
  const isNegative = top < 0n !== b.digits < 0n;
  const size = (2n * absolute(top) + absolute(b.digits)) / (2n * absolute(b.digits));
  return isNegative ? -size : size;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function done(digits: bigint, scale: number): MathOutcome {
  if (scale === 0 && absolute(digits) <= 9_223_372_036_854_775_807n) return { ok: true, value: Number(digits) };
  return { ok: true, value: new JavaDouble(Number(`${digits}e-${scale}`)) };
}
