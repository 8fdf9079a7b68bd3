/**
 * A set of code points: sorted, separate, inclusive ranges, flattened (`[lo, hi, lo, hi, …]`), plus Unicode properties that only
 * the regex engine can spell out (`\p{L}`).
 */
export interface CharSet {
  readonly ranges: readonly number[];
  readonly properties: readonly string[];
  /** Everything but the set; used only where properties make it impossible to turn the ranges around. */
  readonly isNegated: boolean;
}

export const maxCodePoint = 0x10ffff;

export function rangesOf(...ranges: readonly number[]): CharSet {
  return { ranges: normalize(ranges), properties: [], isNegated: false };
}

export function propertyOf(property: string): CharSet {
  return { ranges: [], properties: [property], isNegated: false };
}

/** undefined: a negated set with properties cannot be joined with another. */
export function union(one: CharSet, other: CharSet): CharSet | undefined {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  if (one.isNegated || other.isNegated) return undefined;
  return {
    ranges: normalize([...one.ranges, ...other.ranges]),
    properties: [...one.properties, ...other.properties],
    isNegated: false,
  };
}

export function negate(set: CharSet): CharSet {
  return set.properties.length > 0 ? { ...set, isNegated: !set.isNegated } : { ...set, ranges: complement(set.ranges) };
}

/** undefined: sets with properties cannot be intersected. */
export function intersect(one: CharSet, other: CharSet): CharSet | undefined {
  if (one.properties.length > 0 || other.properties.length > 0) return undefined;
  return rangesOf(...complement(normalize([...complement(one.ranges), ...complement(other.ranges)])));
}

/** Both cases of every ASCII letter in the set: Java's CASE_INSENSITIVE without UNICODE_CASE. */
export function foldAscii(set: CharSet): CharSet {
  const folded = [...set.ranges];
  for (let i = 0; i < set.ranges.length; i += 2) {
    addShifted(folded, { from: Math.max(set.ranges[i]!, 65), to: Math.min(set.ranges[i + 1]!, 90), by: 32 });
    addShifted(folded, { from: Math.max(set.ranges[i]!, 97), to: Math.min(set.ranges[i + 1]!, 122), by: -32 });
  }
  return { ...set, ranges: normalize(folded) };
}

function addShifted(ranges: number[], { from, to, by }: { from: number; to: number; by: number }): void {
  if (from <= to) ranges.push(from + by, to + by);
}

/** Whether no code point is in both; false when that cannot be told. */
export function areDisjoint(one: CharSet, other: CharSet): boolean {
  const both = intersect(one, other);
  return both !== undefined && isEmpty(both);
}

export function isEmpty(set: CharSet): boolean {
  return set.ranges.length === 0 && set.properties.length === 0 && !set.isNegated;
}

/** The code point of a set with one member. */
export function onlyMember({ ranges, properties }: CharSet): number | undefined {
  return ranges.length === 2 && ranges[0] === ranges[1] && properties.length === 0 ? ranges[0] : undefined;
}

function normalize(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort((one, other) => one[0] - other[0]);
  const merged: number[] = [];
  for (const [from, to] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && from <= merged[last]! + 1) merged[last] = Math.max(merged[last]!, to);
    else merged.push(from, to);
  }
  return merged;
}

function complement(ranges: readonly number[]): number[] {
  const gaps: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i]! > next) gaps.push(next, ranges[i]! - 1);
    next = ranges[i + 1]! + 1;
  }
  if (next <= maxCodePoint) gaps.push(next, maxCodePoint);
  return gaps;
}
