import { z } from 'zod';
import { drawFraction, type Chance } from './chance';

/** WireMock's faults: what happens to the connection instead of an answer. */
export const faultKinds = [
  'EMPTY_RESPONSE',
  'MALFORMED_RESPONSE_CHUNK',
  'RANDOM_DATA_THEN_CLOSE',
  'CONNECTION_RESET_BY_PEER',
] as const;

export type FaultKind = (typeof faultKinds)[number];

const kind = z.enum(faultKinds, { error: `must be one of ${faultKinds.join(', ')}` });

/** WireMock's name of a fault, or our superset, which strikes now and then. */
export const faultSchema = z
  .union(
    [
      kind,
      z.looseObject({
        type: kind,
        probability: z.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1').optional(),
        seed: seedSchema().optional(),
      }),
    ],
    {
      error: `must be one of ${faultKinds.join(', ')}, or an object with one as its type, probability (0 to 1) and seed`,
    },
  )
  .meta({
    id: 'Fault',
    description:
      'What happens to the connection instead of an answer. As an object { "type", "probability", "seed" } it strikes now and then.',
  });

/** The fields of a fault that is written as an object. */
export const faultFields: readonly string[] = ['type', 'probability', 'seed'];

export interface Fault {
  readonly kind: FaultKind;
  readonly probability: number;
  readonly seed: number | undefined;
}

export function compileFault(spec: z.infer<typeof faultSchema>): Fault {
  if (typeof spec === 'string') return { kind: spec, probability: 1, seed: undefined };
  return { kind: spec.type, probability: spec.probability ?? 1, seed: spec.seed };
}

/** Whether it strikes this time. */
export function faultStrikes({ probability, seed }: Fault, chance: Chance): boolean {
  return probability >= 1 || (probability > 0 && drawFraction(chance, seed) < probability);
}

/** With a seed the same requests meet the same fates again. */
export function seedSchema(): z.ZodInt {
  return z.int('must be a whole number');
}
