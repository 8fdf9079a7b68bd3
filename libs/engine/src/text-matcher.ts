import { bytesOfBase64, isBase64 } from './base64';
import { compileRegex } from './linear-regex';
import { done, mistake, textOperand, type Compiled, type MatcherCompiler, type MatcherPlace } from './matcher';
import { at } from './mistake';
import { compilePathTemplate } from './path-template';

const equalTo: MatcherCompiler = place => {
  const operand = textOperand(place, 'equalTo');
  if (!operand.ok) return operand;
  const text = operand.value;
  if (place.pattern['caseInsensitive'] !== true) {
    return done({ matches: subject => subject.text === text, expected: text, equality: [{ value: text }] });
  }
  const lower = text.toLowerCase();
  return done({ matches: subject => subject.text?.toLowerCase() === lower, expected: `[equalToIgnoreCase] ${text}` });
};

const contains: MatcherCompiler = place => {
  const operand = textOperand(place, 'contains');
  if (!operand.ok) return operand;
  return done({
    matches: ({ text }) => text?.includes(operand.value) === true,
    expected: `[contains] ${operand.value}`,
  });
};

const doesNotContain: MatcherCompiler = place => {
  const operand = textOperand(place, 'doesNotContain');
  if (!operand.ok) return operand;
  return done({
    matches: ({ text }) => text?.includes(operand.value) !== true,
    expected: `[doesNotContain] ${operand.value}`,
  });
};

const matches: MatcherCompiler = place => {
  const regex = regexOperand(place, 'matches');
  if (!regex.ok) return regex;
  const { source } = regex.value;
  return done({
    matches: ({ text }) => text !== undefined && regex.value.matchesWhole(text),
    expected: `[matches] ${source}`,
  });
};

const doesNotMatch: MatcherCompiler = place => {
  const regex = regexOperand(place, 'doesNotMatch');
  if (!regex.ok) return regex;
  const { source } = regex.value;
  return done({
    matches: ({ text }) => text === undefined || !regex.value.matchesWhole(text),
    expected: `[doesNotMatch] ${source}`,
  });
};

function regexOperand(
  place: MatcherPlace,
  name: string,
): Compiled<{ source: string; matchesWhole(text: string): boolean }> {
  const operand = textOperand(place, name);
  if (!operand.ok) return operand;
  // WireMock compiles these with DOTALL: a dot takes line ends, as bodies have them.
  const compiled = compileRegex(operand.value, { flags: 's' });
  return compiled.ok ? done(compiled.regex) : mistake(at(place.pointer, name), compiled.message);
}

const absent: MatcherCompiler = ({ pattern, pointer }) => {
  const wanted = pattern['absent'];
  if (typeof wanted !== 'boolean' && wanted !== '(absent)')
    return mistake(at(pointer, 'absent'), 'takes true or false');
  const isAbsence = wanted !== false;
  return done({ matches: subject => subject.isAbsent === isAbsence, expected: isAbsence ? '(absent)' : '(present)' });
};

const binaryEqualTo: MatcherCompiler = ({ pattern, pointer }) => {
  const operand = pattern['binaryEqualTo'];
  if (typeof operand !== 'string' || !isBase64(operand))
    return mistake(at(pointer, 'binaryEqualTo'), 'takes base64 text');
  const wanted = bytesOfBase64(operand);
  return done({
    matches: ({ text, bytes }) => {
      if (text === undefined) return false;
      const given = bytes ?? new TextEncoder().encode(text);
      return given.length === wanted.length && given.every((byte, i) => byte === wanted[i]);
    },
    expected: `[binaryEqualTo] ${operand}`,
  });
};

function numberMatcher(name: string, holds: (given: number, wanted: number) => boolean): MatcherCompiler {
  return place => {
    const operand = textOperand(place, name);
    const wanted = operand.ok ? numberOf(operand.value) : Number.NaN;
    if (Number.isNaN(wanted)) return mistake(at(place.pointer, name), 'takes a number');
    return done({ matches: ({ text }) => holds(numberOf(text), wanted), expected: `[${name}] ${wanted}` });
  };
}

const decimal = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** NaN, which compares false with everything, for what is not a decimal number (JavaScript also reads `0xA` and `Infinity`). */
function numberOf(text: string | undefined): number {
  return text !== undefined && decimal.test(text) ? Number(text) : Number.NaN;
}

/** WireMock's: takes everything, and what is not there too. Its operand says nothing. */
const anything: MatcherCompiler = () => done({ matches: () => true, expected: '(always)' });

const matchesPathTemplate: MatcherCompiler = place => {
  const operand = textOperand(place, 'matchesPathTemplate');
  if (!operand.ok) return operand;
  const compiled = compilePathTemplate(operand.value);
  if (!compiled.ok) return mistake(at(place.pointer, 'matchesPathTemplate'), compiled.message);
  return done({
    matches: ({ text }) => text !== undefined && compiled.template.matches(text),
    expected: `[matchesPathTemplate] ${operand.value}`,
  });
};

/** Matchers whose whole condition is on the text (or bytes) itself. */
export const textMatchers: readonly (readonly [string, MatcherCompiler])[] = [
  ['equalTo', equalTo],
  ['contains', contains],
  ['doesNotContain', doesNotContain],
  ['matches', matches],
  ['doesNotMatch', doesNotMatch],
  ['absent', absent],
  ['anything', anything],
  ['matchesPathTemplate', matchesPathTemplate],
  ['binaryEqualTo', binaryEqualTo],
  ['equalToNumber', numberMatcher('equalToNumber', (given, wanted) => given === wanted)],
  ['greaterThanNumber', numberMatcher('greaterThanNumber', (given, wanted) => given > wanted)],
  ['greaterThanEqualNumber', numberMatcher('greaterThanEqualNumber', (given, wanted) => given >= wanted)],
  ['lessThanNumber', numberMatcher('lessThanNumber', (given, wanted) => given < wanted)],
  ['lessThanEqualNumber', numberMatcher('lessThanEqualNumber', (given, wanted) => given <= wanted)],
];
