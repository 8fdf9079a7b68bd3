import { DateTime } from 'luxon';
import { TemplateError } from './template-run';

type Piece = { readonly literal: string } | { readonly letter: string; readonly count: number };

/** Splits a Java date pattern into letters and quoted or other text. */
function piecesOf(pattern: string): Piece[] {
  if (pattern.length > 200) throw new TemplateError('a date pattern has 200 characters at most');
  const pieces: Piece[] = [];
  for (let i = 0; i < pattern.length;) {
    const char = pattern[i]!;
    if (char === "'") {
      const end = closingQuote(pattern, i + 1);
      pieces.push({ literal: end === i + 1 ? "'" : pattern.slice(i + 1, end).replaceAll("''", "'") });
      i = end + 1;
    } else if (/[a-zA-Z]/.test(char)) {
      let end = i + 1;
      while (pattern[end] === char) end++;
      pieces.push({ letter: char, count: end - i });
      i = end;
    } else {
      pieces.push({ literal: char });
      i++;
    }
  }
  return pieces;
}

function closingQuote(pattern: string, from: number): number {
  for (let i = from; i < pattern.length; i++) {
    if (pattern[i] !== "'") continue;
    if (i === from || pattern[i + 1] !== "'") return i;
    i++;
  }
  throw new TemplateError(`the date pattern ${pattern} has a quote that is not closed`);
}

/** Writes a moment by a pattern of java.text.SimpleDateFormat, in English. */
export function formatJavaDate(at: DateTime, pattern: string): string {
  const english = at.setLocale('en-US');
  return piecesOf(pattern)
    .map(piece => ('literal' in piece ? piece.literal : write(english, piece.letter, piece.count)))
    .join('');
}

function write(at: DateTime, letter: string, count: number): string {
  const padded = (value: number): string => String(value).padStart(count, '0');
  switch (letter) {
    case 'y':
    case 'Y': {
      const year = letter === 'y' ? at.year : at.weekYear;
      return count === 2 ? String(year % 100).padStart(2, '0') : padded(year);
    }
    case 'M':
    case 'L':
      return count >= 4 ? at.toFormat('LLLL') : count === 3 ? at.toFormat('LLL') : padded(at.month);
    case 'd':
      return padded(at.day);
    case 'D':
      return padded(at.ordinal);
    case 'E':
      return at.toFormat(count >= 4 ? 'EEEE' : 'EEE');
    case 'u':
      return padded(at.weekday);
    case 'w':
      return padded(at.setLocale('en-US').localWeekNumber);
    case 'W':
      return padded(Math.ceil((at.day + (at.startOf('month').weekday % 7)) / 7));
    case 'F':
      return padded(Math.ceil(at.day / 7));
    case 'a':
      return at.hour < 12 ? 'AM' : 'PM';
    case 'H':
      return padded(at.hour);
    case 'k':
      return padded(at.hour === 0 ? 24 : at.hour);
    case 'K':
      return padded(at.hour % 12);
    case 'h':
      return padded(at.hour % 12 === 0 ? 12 : at.hour % 12);
    case 'm':
      return padded(at.minute);
    case 's':
      return padded(at.second);
    case 'S':
      return padded(at.millisecond);
    case 'G':
      return at.year > 0 ? 'AD' : 'BC';
    case 'z':
      return zoneName(at, count);
    case 'Z':
      return at.toFormat('ZZZ');
    case 'X':
      return at.offset === 0 ? 'Z' : at.toFormat(count >= 3 ? 'ZZ' : 'ZZZ').slice(0, count === 1 ? 3 : undefined);
    default:
      throw new TemplateError(`a date pattern has the letter '${letter}', which means nothing`);
  }
}

function zoneName(at: DateTime, count: number): string {
  if (at.offset === 0 && at.zone.type !== 'iana') return count >= 4 ? 'Coordinated Universal Time' : 'UTC';
  return at.toFormat(count >= 4 ? 'ZZZZZ' : 'ZZZZ');
}

/** luxon's token for a Java one, for reading. */
const readingTokens: Readonly<Record<string, (count: number) => string>> = {
  y: count => (count === 2 ? 'yy' : 'yyyy'),
  u: () => 'yyyy',
  M: count => (count >= 4 ? 'LLLL' : count === 3 ? 'LLL' : count === 2 ? 'LL' : 'L'),
  d: count => (count === 2 ? 'dd' : 'd'),
  E: count => (count >= 4 ? 'EEEE' : 'EEE'),
  D: count => (count === 3 ? 'ooo' : 'o'),
  a: () => 'a',
  H: count => (count === 2 ? 'HH' : 'H'),
  h: count => (count === 2 ? 'hh' : 'h'),
  m: count => (count === 2 ? 'mm' : 'm'),
  s: count => (count === 2 ? 'ss' : 's'),
  S: count => (count === 3 ? 'SSS' : 'u'),
  Z: () => 'ZZZ',
  X: count => (count >= 3 ? 'ZZ' : 'ZZZ'),
  x: count => (count >= 3 ? 'ZZ' : 'ZZZ'),
  V: () => 'z',
  z: () => 'z',
};

/** Reads a text by a Java pattern; what has no zone is UTC. Undefined when it does not fit. */
export function parseJavaDate(text: string, pattern: string): DateTime | undefined {
  const pieces = piecesOf(pattern);
  // Without a year the clock would have to say which.
  if (!pieces.some(piece => 'letter' in piece && /[yu]/.test(piece.letter)))
    throw new TemplateError(`the date pattern ${pattern} has no year`);
  const isShortYear = pieces.some(piece => 'letter' in piece && piece.letter === 'y' && piece.count === 2);
  const tokens = pieces.map(piece => {
    if ('literal' in piece) return /[a-zA-Z]/.test(piece.literal) ? `'${piece.literal}'` : piece.literal;
    const token = readingTokens[piece.letter];
    if (token === undefined)
      throw new TemplateError(`a date pattern has the letter '${piece.letter}', which cannot be read`);
    return token(piece.count);
  });
  // An offset of Z alone is read as no offset, which is UTC too.
  const zulu = /[XZz]/.test(pattern) && text.endsWith('Z') ? `${text.slice(0, -1)}+0000` : text;
  for (const one of new Set([text, zulu])) {
    const format = one === text ? tokens.join('') : tokens.join('').replace(/Z+|z$/, 'ZZZ');
    const read = DateTime.fromFormat(one, format, { zone: 'utc', setZone: true, locale: 'en-US' });
    if (read.isValid) return isShortYear && read.year < 2000 ? read.plus({ years: 100 }) : read;
  }
  return undefined;
}
