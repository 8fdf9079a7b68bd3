import { z } from 'zod';

/** The longest delay that may be written down; how much of it is served is the server's setting. */
export const maxWrittenDelayMs = 3_600_000;

const milliseconds = z
  .number()
  .min(0, 'must not be negative')
  .max(maxWrittenDelayMs, `must be at most ${maxWrittenDelayMs}`);

/** WireMock's `delayDistribution`: a delay that is drawn for each reply. What is left out is 0, as in WireMock. */
export const delayDistributionSchema = z
  .discriminatedUnion(
    'type',
    [
      z.looseObject({ type: z.literal('fixed'), milliseconds: milliseconds.optional() }),
      z
        .looseObject({ type: z.literal('uniform'), lower: milliseconds.optional(), upper: milliseconds.optional() })
        .refine(({ lower = 0, upper = 0 }) => lower <= upper, 'needs an upper that is not below its lower'),
      z
        .looseObject({
          type: z.literal('lognormal'),
          median: milliseconds.optional(),
          sigma: z.number().min(0, 'must not be negative').max(100, 'must be at most 100').optional(),
          maxValue: milliseconds.nullish().describe('Drawn again until it is at most this'),
        })
        .refine(
          ({ median = 0, maxValue }) => maxValue === null || maxValue === undefined || maxValue >= median,
          'needs a maxValue that is not below its median',
        ),
    ],
    { error: 'must have a type: fixed (milliseconds), uniform (lower, upper) or lognormal (median, sigma, maxValue)' },
  )
  .meta({ id: 'DelayDistribution', description: 'A delay that is drawn anew for each reply, in milliseconds.' });

export type DelayDistribution = z.infer<typeof delayDistributionSchema>;

/** The fields of each, for those who look for unknown ones. */
export const delayDistributionFields: Readonly<Record<DelayDistribution['type'], readonly string[]>> = {
  fixed: ['type', 'milliseconds'],
  uniform: ['type', 'lower', 'upper'],
  lognormal: ['type', 'median', 'sigma', 'maxValue'],
};

/** A maximum is not below the median, so each draw is within it with a chance of a half at least. */
const maxDraws = 64;

/** Draws a delay in whole milliseconds. `random` gives numbers from 0 up to 1, as `Math.random`. */
export function drawDelayMs(distribution: DelayDistribution, random: () => number): number {
  switch (distribution.type) {
    case 'fixed':
      return Math.trunc(distribution.milliseconds ?? 0);
    case 'uniform': {
      const lower = Math.trunc(distribution.lower ?? 0);
      const upper = Math.trunc(distribution.upper ?? 0);
      return lower + Math.floor(random() * (upper - lower + 1));
    }
    case 'lognormal': {
      const { median = 0, sigma = 0 } = distribution;
      const maxValue = distribution.maxValue ?? Infinity;
      for (let draws = 0; draws < maxDraws; draws++) {
        const drawn = Math.round(median * Math.exp(sigma * gaussian(random)));
        if (drawn <= maxValue) return drawn;
      }
      return Math.trunc(maxValue === Infinity ? median : maxValue);
    }
    default:
      return distribution satisfies never;
  }
}

/** Box and Muller's: two even numbers give a normal one. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
