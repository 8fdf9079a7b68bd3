import { Problem } from '@mock-server/http';
import { Between, LessThan, type FindOptionsWhere } from 'typeorm';
import { z } from 'zod';
import type { AuditEventEntity } from './audit-event.entity';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

// What no database takes as text.
const UNSTORABLE = /\0|\p{Cs}/u;
const textSchema = z
  .string()
  .max(254)
  .refine(text => !UNSTORABLE.test(text), 'is not text');
const timeSchema = z
  .string()
  .max(40)
  .transform((text, context) => {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return time;
    context.addIssue('is no time such as 2026-01-31T12:00:00Z');
    return z.NEVER;
  });
const filterSchema = z.object({
  actor: textSchema.optional(),
  action: textSchema.optional(),
  target: textSchema.optional(),
  outcome: z.enum(['done', 'refused', 'failed']).optional(),
  workspace: textSchema.optional(),
  from: timeSchema.optional(),
  to: timeSchema.optional(),
  before: z.uuid().optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'is a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_PAGE))
    .optional(),
  format: z.enum(['jsonl', 'csv']).optional(),
});

export type AuditFilter = z.output<typeof filterSchema>;

/** Reads the query of a request; anything that is no filter of ours is a 400. */
export function readAuditFilter(query: unknown): AuditFilter {
  const parsed = filterSchema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Problem('bad-request', { detail: `Query parameter '${issue?.path.join('.')}' ${issue?.message}.` });
}

export function pageSizeOf({ limit }: AuditFilter): number {
  return limit ?? DEFAULT_PAGE;
}

/** `workspaceId` is the caller's bound, which no filter widens. */
export function whereOf(filter: AuditFilter, workspaceId: string | undefined): FindOptionsWhere<AuditEventEntity> {
  const { actor, action, target, outcome, workspace, from, to, before } = filter;
  return {
    ...(workspaceId !== undefined && { workspaceId }),
    ...(workspaceId === undefined && workspace !== undefined && { workspaceSlug: workspace }),
    ...(actor !== undefined && { actorName: actor }),
    ...(action !== undefined && { action }),
    ...(target !== undefined && { target }),
    ...(outcome !== undefined && { outcome }),
    ...((from !== undefined || to !== undefined) && { at: Between(from ?? 0, to ?? Number.MAX_SAFE_INTEGER) }),
    ...(before !== undefined && { id: LessThan(before) }),
  };
}
