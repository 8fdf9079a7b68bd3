import { z } from 'zod';
import { maxWrittenDelayMs } from './delay';

/** WireMock's `chunkedDribbleDelay`. */
export const dribbleSchema = z
  .looseObject({
    numberOfChunks: z
      .number({ error: 'must be a number of chunks' })
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(10_000, 'must be at most 10000'),
    totalDuration: z
      .number({ error: 'must be a number of milliseconds' })
      .int('must be a whole number')
      .min(0, 'must not be negative')
      .max(maxWrittenDelayMs, `must be at most ${maxWrittenDelayMs}`),
  })
  .meta({ id: 'ChunkedDribbleDelay', description: 'The body goes out in so many chunks over so many milliseconds.' });

/** How a body goes out when not at once. */
export type Pace =
  | { readonly kind: 'dribble'; readonly chunks: number; readonly totalMs: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number };

/** A body cut into pieces, each with its time. */
export interface Pieces {
  readonly count: number;
  /** How long after the first moment piece `i` is due. */
  dueMs(i: number): number;
  /** The byte after the last of piece `i`. */
  endOf(i: number): number;
}

/** A piece of a bandwidth-limited body comes this often at most: finer steps cost more and look no different. */
const tickMs = 50;

/** Cuts a body of `length` bytes. Takes `maxMs` at most, whatever the pace says. No bytes, no pieces. */
export function cutBody(pace: Pace, { length, maxMs }: { readonly length: number; readonly maxMs: number }): Pieces {
  switch (pace.kind) {
    case 'dribble': {
      // As WireMock: pieces of one length, and what is left over goes with the last.
      const count = Math.min(pace.chunks, length);
      const size = Math.floor(length / count);
      const totalMs = Math.min(pace.totalMs, maxMs);
      return {
        count,
        dueMs: i => (totalMs * (i + 1)) / count,
        endOf: i => (i === count - 1 ? length : size * (i + 1)),
      };
    }
    case 'bandwidth': {
      const totalMs = Math.min((length / pace.bytesPerSecond) * 1_000, maxMs);
      const count = Math.min(length, Math.max(1, Math.ceil(totalMs / tickMs)));
      return {
        count,
        dueMs: i => (totalMs * (i + 1)) / count,
        endOf: i => Math.floor((length * (i + 1)) / count),
      };
    }
    default:
      return pace satisfies never;
  }
}
