import { argumentText, decimalNumber, hashText, requireValue } from './template-arguments';
import { formatDecimal } from './template-decimal-format';
import { calculate, numberOf } from './template-number';
import { inlineError, TemplateError, type Helper, type HelperCall } from './template-run';

/** Arithmetic and the writing of numbers. */
export const numberHelpers: Readonly<Record<string, Helper>> = {
  math: call => {
    const { args, run } = call;
    if (args.length !== 3)
      return inlineError("All maths functions require two operands and an operator as parameters e.g. 3 '+' 2");
    const operator = run.text(args[1]);
    const [left, right] = [args[0], args[2]].map(value => ({ value, text: run.text(requireValue(call, value)) }));
    const outcome = calculate(left!, operator, right!);
    if (outcome === undefined) return inlineError(`${operator} is not a valid mathematical operator`);
    if (!outcome.ok) throw new TemplateError(outcome.reason);
    return outcome.value;
  },
  numberFormat: formatNumber,
};

const styles: Readonly<Record<string, string>> = { integer: '#,##0', percent: '#,##0%', currency: '¤#,##0.00' };

function formatNumber(call: HelperCall): string {
  const { subject, hash } = call;
  call.run.step(10);
  const number = numberOf(subject);
  if (number === undefined) return '';
  const format = argumentText(call, 1);
  const locale = (argumentText(call, 2) ?? 'en').replaceAll('_', '-');
  const option = (name: string): number | undefined =>
    hash[name] === undefined ? undefined : Math.min(300, Math.max(0, decimalNumber(hash[name], name)));
  return formatDecimal(number, {
    pattern: format === undefined ? '#,##0.###' : (styles[format] ?? format),
    style: format === undefined ? undefined : format,
    locale: /^[a-z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}$/.test(locale) ? locale : 'en',
    isGrouped: hash['groupingUsed'] === undefined ? undefined : hash['groupingUsed'] === true,
    maxFraction: option('maximumFractionDigits'),
    minFraction: option('minimumFractionDigits'),
    minInteger: option('minimumIntegerDigits'),
    rounding: hashText(call, 'roundingMode')?.toLowerCase(),
  });
}
