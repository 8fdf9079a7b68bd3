import { requestPatternSchema } from '@mock-server/engine';
import { z } from 'zod';

const maxSteps = 100;
const maxWaitMs = 60_000;

const since = z.iso
  .datetime({ offset: true })
  .optional()
  .describe('Only requests from then on, such as 2026-01-31T12:00:00Z');
const matchingStub = z.string().max(100).optional().describe('Only requests that this mock answered');

export const waitSchema = z
  .strictObject({
    request: requestPatternSchema.optional().describe('Which requests count; nothing given: all'),
    matchingStub,
    since,
    atLeast: z.int().min(1).max(1_000_000).optional().describe('Default 1'),
    exactly: z.int().min(0).max(1_000_000).optional().describe('Ends at once when there are more'),
    quietMs: z.int().min(0).max(maxWaitMs).default(0).describe('Once the count is right, no more may come for so long'),
    timeoutMs: z.int().min(0).max(maxWaitMs).default(5_000),
  })
  .refine(({ atLeast, exactly }) => atLeast === undefined || exactly === undefined, 'give atLeast or exactly, not both')
  .meta({
    id: 'RequestWait',
    example: { request: { method: 'POST', urlPath: '/orders' }, atLeast: 2, timeoutMs: 5_000 },
  });

export const waitAnswerSchema = z
  .object({
    satisfied: z.boolean(),
    reason: z.enum(['satisfied', 'timeout', 'too-many', 'client-gone', 'shutting-down']),
    count: z.int().describe('Matching requests'),
    waitedMs: z.int(),
    requests: z.array(z.record(z.string(), z.unknown())).describe('The newest matching requests, at most 100'),
  })
  .meta({ id: 'RequestWaitAnswer' });

export const sequenceSchema = z
  .strictObject({
    sequence: z
      .array(requestPatternSchema)
      .min(1)
      .max(maxSteps)
      .describe('Request patterns in the order that is expected'),
    mode: z.enum(['loose', 'strict']).default('loose').describe('strict: nothing may come between'),
    among: requestPatternSchema.optional().describe('Look at these requests only, as if there were no others'),
    since,
  })
  .meta({
    id: 'RequestSequence',
    example: { sequence: [{ url: '/login' }, { urlPath: '/cart' }, { method: 'POST', urlPath: '/orders' }] },
  });

const stepSchema = z.object({
  step: z.int().describe('From 0'),
  found: z.boolean(),
  id: z.string().optional().describe('Of the exchange'),
  method: z.string().optional(),
  url: z.string().optional(),
  loggedDate: z.int().optional(),
});

export const sequenceAnswerSchema = z
  .object({
    verified: z.boolean(),
    message: z.string(),
    steps: z.array(stepSchema),
    instead: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('strict: the request that came where the missing one was expected'),
    matchesElsewhere: z.int().optional().describe('How many requests match the missing step, but not at its place'),
  })
  .meta({ id: 'RequestSequenceAnswer' });

export const countsSchema = z
  .object({
    total: z.int().describe('Requests since the journal was emptied, dropped ones too'),
    kept: z.int().describe('Of these, in the journal'),
    bySource: z.object({ mock: z.int(), proxy: z.int(), ai: z.int(), none: z.int() }),
    mocks: z.array(
      z.object({ id: z.string(), count: z.int(), lastAt: z.int().optional().describe('Milliseconds since 1970') }),
    ),
    meta: z.object({
      total: z.int().describe('Mocks listed: those that answered at least once, or the one that was asked for'),
    }),
  })
  .meta({ id: 'RequestCounts' });

export type WaitBody = z.output<typeof waitSchema>;
export type SequenceBody = z.output<typeof sequenceSchema>;
