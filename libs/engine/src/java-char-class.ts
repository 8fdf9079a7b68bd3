import { negate, propertyOf, rangesOf, type CharSet } from './char-set';

const digit = rangesOf(48, 57);
const wordChar = rangesOf(48, 57, 65, 90, 95, 95, 97, 122);
const space = rangesOf(9, 13, 32, 32);
const horizontal = rangesOf(
  9,
  9,
  32,
  32,
  0xa0,
  0xa0,
  0x1680,
  0x1680,
  0x180e,
  0x180e,
  0x2000,
  0x200a,
  0x202f,
  0x202f,
  0x205f,
  0x205f,
  0x3000,
  0x3000,
);
const vertical = rangesOf(10, 13, 0x85, 0x85, 0x2028, 0x2029);

/** What `.` leaves out: Java knows five line ends where RE2 knows one. */
export const lineEnds = rangesOf(10, 10, 13, 13, 0x85, 0x85, 0x2028, 0x2029);
export const newline = rangesOf(10, 10);
export const anything = rangesOf(0, 0x10ffff);
/** What `\R` takes besides the pair CR LF. */
export const lineBreaks = vertical;

/** `\d`, `\W`, …: ASCII only, as in Java without UNICODE_CHARACTER_CLASS. */
export const shorthands: ReadonlyMap<string, CharSet> = new Map([
  ['d', digit],
  ['D', negate(digit)],
  ['w', wordChar],
  ['W', negate(wordChar)],
  ['s', space],
  ['S', negate(space)],
  ['h', horizontal],
  ['H', negate(horizontal)],
  ['v', vertical],
  ['V', negate(vertical)],
]);

const named: ReadonlyMap<string, CharSet> = new Map([
  ['Lower', rangesOf(97, 122)],
  ['Upper', rangesOf(65, 90)],
  ['ASCII', rangesOf(0, 127)],
  ['Alpha', rangesOf(65, 90, 97, 122)],
  ['Digit', digit],
  ['Alnum', rangesOf(48, 57, 65, 90, 97, 122)],
  ['Punct', rangesOf(33, 47, 58, 64, 91, 96, 123, 126)],
  ['Graph', rangesOf(33, 126)],
  ['Print', rangesOf(32, 126)],
  ['Blank', rangesOf(9, 9, 32, 32)],
  ['Cntrl', rangesOf(0, 31, 127, 127)],
  ['XDigit', rangesOf(48, 57, 65, 70, 97, 102)],
  ['Space', space],
  ['all', anything],
  ['ASSIGNED', propertyOf('\\P{Cn}')],
  ['javaLowerCase', { ranges: [0xaa, 0xaa, 0xba, 0xba], properties: ['\\p{Ll}'], isNegated: false }],
  ['javaUpperCase', propertyOf('\\p{Lu}')],
  ['javaDigit', propertyOf('\\p{Nd}')],
  ['javaLetter', propertyOf('\\p{L}')],
  ['javaLetterOrDigit', { ranges: [], properties: ['\\p{L}', '\\p{Nd}'], isNegated: false }],
  ['javaAlphabetic', { ranges: [], properties: ['\\p{L}', '\\p{Nl}'], isNegated: false }],
  [
    'javaWhitespace',
    rangesOf(
      9,
      13,
      28,
      32,
      0x1680,
      0x1680,
      0x2000,
      0x2006,
      0x2008,
      0x200a,
      0x2028,
      0x2029,
      0x205f,
      0x205f,
      0x3000,
      0x3000,
    ),
  ],
  ['IsAlphabetic', { ranges: [], properties: ['\\p{L}', '\\p{Nl}'], isNegated: false }],
  ['IsLetter', propertyOf('\\p{L}')],
  ['IsDigit', propertyOf('\\p{Nd}')],
  ['IsLowercase', { ranges: [0xaa, 0xaa, 0xba, 0xba], properties: ['\\p{Ll}'], isNegated: false }],
  ['IsUppercase', propertyOf('\\p{Lu}')],
  ['IsPunctuation', propertyOf('\\p{P}')],
  ['IsControl', propertyOf('\\p{Cc}')],
  [
    'IsWhite_Space',
    rangesOf(
      9,
      13,
      32,
      32,
      0x85,
      0x85,
      0xa0,
      0xa0,
      0x1680,
      0x1680,
      0x2000,
      0x200a,
      0x2028,
      0x2029,
      0x202f,
      0x202f,
      0x205f,
      0x205f,
      0x3000,
      0x3000,
    ),
  ],
]);

/** Members of `\p{name}`; undefined for what is not known (Unicode blocks among them). */
export function namedClass(name: string): CharSet | undefined {
  const known = named.get(name);
  if (known !== undefined) return known;
  const bare = /^(?:Is|(?:general_category|gc|script|sc)=)?([A-Z][A-Za-z_]*)$/.exec(name)?.[1];
  return bare === undefined || /^In[A-Z]/.test(name) ? undefined : propertyOf(`\\p{${bare}}`);
}
