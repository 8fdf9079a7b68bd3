/** Digits in groups, as they are printed on a card. One start a run of digits. */
const digitGroups = /(?<![\w.+-])\d(?:[ -]?\d){12,22}(?![\w-])(?!\.\d)/g;

/** Brand by first digits and length: ids and times that happen to pass the checksum are mostly of none. */
const brands: readonly RegExp[] = [
  /^4\d{15}(?:\d{3})?$/,
  /^(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^(?:6011|64[4-9]\d|65\d\d)\d{12}(?:\d{3})?$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^3(?:0[0-59]|[68]\d)\d{11}$/,
  /^62\d{14,17}$/,
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/,
];

/** A card number: of a known brand and with the right check digit. Spaces and hyphens between groups are allowed. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  return brands.some(brand => brand.test(digits)) && checkDigitOf(digits.slice(0, -1)) === Number(digits.at(-1));
}

export function replaceCardNumbers(text: string, replace: (card: string) => string): string {
  return text.replace(digitGroups, found => {
    const [start, end] = cardWithin(found) ?? [0, 0];
    return end === 0 ? found : `${found.slice(0, start)}${replace(found.slice(start, end))}${found.slice(end)}`;
  });
}

/** Another number may stand before or after the card's: each row of whole groups is tried, of at most 23 digits. */
function cardWithin(groups: string): [number, number] | undefined {
  const edges = [...groups.matchAll(/\d+/g)].map(({ 0: { length }, index }) => [index, index + length] as const);
  for (const [start] of edges) {
    if (!/[3-6]/.test(groups[start]!)) continue; // how all brands begin
    for (const [, end] of edges) if (end > start && isCardNumber(groups.slice(start, end))) return [start, end];
  }
  return undefined;
}

/** A stand-in passes the same checks: the brand's first six digits stay, the check digit fits. */
export function asCardNumber(original: string, random: string): string {
  const kept = original.replace(/[ -]/g, '').slice(0, 6);
  const digits = `${kept}${random.replace(/[ -]/g, '').slice(6, -1)}`;
  const whole = `${digits}${checkDigitOf(digits)}`;
  let next = 0;
  return original.replace(/\d/g, () => whole[next++]!);
}

/** Luhn's (ISO/IEC 7812-1). */
function checkDigitOf(digits: string): number {
  let sum = 0;
  for (let i = digits.length - 1, isDoubled = true; i >= 0; i--, isDoubled = !isDoubled) {
    const digit = Number(digits[i]) * (isDoubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return (10 - (sum % 10)) % 10;
}
