import { z } from 'zod';

const most = (max: number): z.ZodType<number | undefined> => z.int().min(0).max(max).optional();

/** What a workspace may take of the server; absent: no bound of its own. Set by admins. */
export const quotasSchema = z
  .strictObject({
    mocks: most(10_000_000).describe('Mocks at most.'),
    bytes: most(1_099_511_627_776).describe('Bytes of mappings and files together at most.'),
    requestsPerSecond: most(10_000_000).describe(
      'Requests a second on the traffic port, a replica; more is answered 429.',
    ),
  })
  .meta({ id: 'Quotas' });

export interface Quotas {
  readonly mocks?: number | undefined;
  readonly bytes?: number | undefined;
  readonly requestsPerSecond?: number | undefined;
}

export function readQuotas(stored: unknown): Quotas | undefined {
  const parsed = quotasSchema.safeParse(stored);
  return parsed.success && Object.keys(parsed.data).length > 0 ? parsed.data : undefined;
}
