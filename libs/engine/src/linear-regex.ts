import { RE2JS, RE2JSException } from 're2js';
import { engineHost } from './engine-host';
import { compileBacktracking } from './regex-backtrack';
import { nativeSource } from './regex-native';
import { parseRegex, RegexSyntaxError, type RegexNode } from './regex-parser';
import { prefixOf, repetitionsOf, sizeOf, toRe2 } from './regex-program';

/** A user's regular expression in java.util.regex syntax, matched in time linear in the text, or within a number of steps. Never throws. */
export interface LinearRegex {
  readonly source: string;
  /** Whether the whole text matches, as Java's `Pattern.matches`. */
  matchesWhole(text: string): boolean;
  /** The first match in the text: `groups[0]` is all of it, then the capturing groups. */
  find(text: string): RegexMatch | undefined;
  /** What every text that matches as a whole begins with. */
  readonly literalPrefix: string;
}

export interface RegexMatch {
  readonly groups: (string | undefined)[];
  readonly index: number;
}

export type RegexReading =
  { readonly ok: true; readonly regex: LinearRegex } | { readonly ok: false; readonly message: string };

export interface RegexOptions {
  readonly caseInsensitive?: boolean;
  /** Java's inline flags, e.g. `is`. */
  readonly flags?: string;
}

export const maxPatternLength = 4_096;
const maxRepetitions = 1_000;
const maxProgramSize = 2_000;
/**
 * Program size times text length. The engine's worst case costs about 9 ns a unit, so this is about a second; patterns of usual size
 * reach it with texts of megabytes only. What goes beyond does not match.
 */
const maxWork = 100_000_000;

/**
 * Compiles a pattern of at most 4 KB. What linear time cannot do (backreferences, lookaround, most possessive parts) is refused with
 * its column, unless the host allows backtracking. Three differences from Java 17 stay: `$` and `\Z` mean the very end even before a last line end, `(?m)` knows `\n` as the
 * only line end, and `\b` knows ASCII letters only (as Java 19 does).
 */
export function compileRegex(pattern: string, options: RegexOptions = {}): RegexReading {
  if (pattern.length > maxPatternLength) return refuse(`is longer than ${maxPatternLength} characters`);
  try {
    return {
      ok: true,
      regex: makeRegex(pattern, `${options.flags ?? ''}${options.caseInsensitive === true ? 'i' : ''}`),
    };
  } catch (error) {
    if (error instanceof RegexSyntaxError || error instanceof RE2JSException) return refuse(error.message);
    throw error;
  }
}

function makeRegex(pattern: string, flags: string): LinearRegex {
  const { allowBacktrackingRegex: allowBacktracking } = engineHost();
  const tree = parseRegex(pattern, { flags, allowBacktracking });
  if (repetitionsOf(tree) > maxRepetitions)
    throw new RegexSyntaxError(`repeats a part more than ${maxRepetitions} times, counters multiplied`, 0);
  const size = sizeOf(tree);
  if (size > maxProgramSize) throw new RegexSyntaxError('is too large once its repetitions are written out', 0);
  const source = re2Source(tree, allowBacktracking);
  if (source === undefined) return backtrackingRegex(pattern, tree);
  const native = nativeSource(tree);
  const maxLength = maxWork / Math.max(size, 10);
  // Compiled programs weigh 4 to 20 KB: where the native one does, wait until somebody needs it.
  let program = native === undefined ? RE2JS.compile(source) : undefined;
  const linear = (): RE2JS => (program ??= RE2JS.compile(source));
  const find = (text: string): RegexMatch | undefined => {
    const found = text.length > maxLength ? null : linear().exec(text);
    return found === null
      ? undefined
      : { groups: [...(found as (string | undefined)[])], index: (found as unknown as { index: number }).index };
  };
  return {
    source: pattern,
    matchesWhole: wholeMatcher(native, linear, maxLength),
    find,
    literalPrefix: prefixOf(tree).text,
  };
}

/** Undefined: linear time cannot do it, and backtracking is allowed. */
function re2Source(tree: RegexNode, allowBacktracking: boolean): string | undefined {
  try {
    return toRe2(tree);
  } catch (error) {
    if (allowBacktracking && error instanceof RegexSyntaxError) return undefined;
    throw error;
  }
}

function backtrackingRegex(pattern: string, tree: RegexNode): LinearRegex {
  const program = compileBacktracking(tree);
  return {
    source: pattern,
    matchesWhole: text => program.matchesWhole(text),
    find: text => {
      const spans = program.find(text);
      if (spans === undefined) return undefined;
      const groups: (string | undefined)[] = [];
      for (let i = 0; i < spans.length; i += 2)
        groups.push(spans[i]! < 0 ? undefined : text.slice(spans[i], spans[i + 1]));
      return { groups, index: spans[0]! };
    },
    literalPrefix: prefixOf(tree).text,
  };
}

function wholeMatcher(native: string | undefined, linear: () => RE2JS, maxLength: number): (text: string) => boolean {
  if (native === undefined) return text => text.length <= maxLength && linear().testExact(text);
  const regex = new RegExp(native);
  return text => regex.test(text);
}

function refuse(message: string): RegexReading {
  return { ok: false, message };
}
