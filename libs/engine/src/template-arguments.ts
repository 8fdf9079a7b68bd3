import { TemplateError, type HelperCall } from './template-run';
import { numberOf } from './template-number';

/** A value that must be there: WireMock fails on helpers that are given nothing. */
export function requireValue({ run }: HelperCall, value: unknown): unknown {
  if (value === undefined || value === null)
    throw new TemplateError(
      'a helper was given a value that does not exist; guard it with {{#if}} or {{val … default=…}}',
    );
  run.step();
  return value;
}

/** The subject as text; fails when there is none. */
export function subjectText(call: HelperCall): string {
  return call.run.text(requireValue(call, call.subject));
}

export function argumentText({ args, run }: HelperCall, index: number): string | undefined {
  const value = args[index];
  return value === undefined || value === null ? undefined : run.text(value);
}

export function hashText({ hash, run }: HelperCall, name: string): string | undefined {
  const value = hash[name];
  return value === undefined || value === null ? undefined : run.text(value);
}

/** Whether an option is on: `true`, as a value or as text. */
export function hashFlag({ hash }: HelperCall, name: string): boolean {
  return hash[name] === true || String(hash[name]).toLowerCase() === 'true';
}

/** A whole number given as a number or as text; fails on anything else. */
export function wholeNumber(value: unknown, what: string): number {
  const number = numberOf(value) ?? (typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value) ? Number(value) : NaN);
  if (!Number.isFinite(number)) throw new TemplateError(`${what} must be a whole number`);
  return Math.trunc(number);
}

/** The same within bounds: what decides how much is made has a cap. */
export function boundedNumber(value: unknown, what: string, max: number): number {
  const number = wholeNumber(value, what);
  if (number < 0) throw new TemplateError(`${what} must not be negative`);
  if (number > max) throw new TemplateError(`${what} must be ${max} at most`);
  return number;
}

export function decimalNumber(value: unknown, what: string): number {
  const number =
    numberOf(value) ?? (typeof value === 'string' && value.trim() !== '' && value.length < 40 ? Number(value) : NaN);
  if (!Number.isFinite(number)) throw new TemplateError(`${what} must be a number`);
  return number;
}

/** `{{x yes='Y' no='N'}}` is one of the texts; as a block, the body or its else; alone true or false. */
export function decide(call: HelperCall, isTrue: boolean): unknown {
  if (call.block !== undefined) return isTrue ? call.block.render() : call.block.otherwise();
  return isTrue ? (call.hash['yes'] ?? true) : (call.hash['no'] ?? false);
}
