import { CHANGE_SOURCES } from '@mock-server/workspaces';
import { z } from 'zod';

const timeSchema = z.string().meta({ format: 'date-time' });

export const revisionSchema = z
  .object({
    revision: z.int(),
    at: timeSchema,
    author: z.string().describe('An email, a token, `anyone` with AUTH=off, or `server`.'),
    source: z.enum(CHANGE_SOURCES).describe('What brought it about.'),
    message: z.string().nullable().describe('What `X-Change-Message` said.'),
    added: z.int().describe('Mocks that it added.'),
    changed: z.int().describe('Mocks that it replaced.'),
    removed: z.int().describe('Mocks that it removed.'),
    settings: z.boolean().describe('Whether it changed the name or the settings of the workspace.'),
  })
  .meta({ id: 'Revision' });
export const revisionListSchema = z
  .object({ revisions: z.array(revisionSchema), meta: z.object({ total: z.int() }) })
  .meta({ id: 'RevisionList' });

const jsonChangeSchema = z
  .object({
    pointer: z.string().describe('JSON Pointer.'),
    before: z.unknown().optional().describe('Absent: nothing stood there.'),
    after: z.unknown().optional().describe('Absent: nothing stands there any more.'),
  })
  .meta({ id: 'JsonChange' });
export const diffSchema = z
  .object({
    changes: z.array(jsonChangeSchema),
    isCut: z.boolean().describe('There are more changes than are told.'),
  })
  .meta({ id: 'JsonDiff' });
export const workspaceDiffSchema = z
  .object({
    from: z.int(),
    to: z.int(),
    mocks: z.array(
      diffSchema.extend({
        id: z.uuid(),
        name: z.string().nullable(),
        kind: z.enum(['added', 'changed', 'removed']),
      }),
    ),
    settings: diffSchema.describe('Of `{ name, settings }`.'),
    isCut: z.boolean().describe('More mocks differ than are told.'),
  })
  .meta({ id: 'WorkspaceDiff' });
export const mockVersionListSchema = z
  .object({
    versions: z.array(
      revisionSchema.pick({ revision: true }).extend({
        kind: z.enum(['added', 'changed', 'removed']),
        version: z.int().nullable().describe('The ETag that it had; null when it was removed.'),
        isCurrent: z.boolean(),
        at: timeSchema.nullable(),
        author: z.string().nullable(),
        source: z.enum(CHANGE_SOURCES).nullable(),
        message: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'MockVersionList' });

export type RevisionView = z.output<typeof revisionSchema>;
export type WorkspaceDiff = z.output<typeof workspaceDiffSchema>;
export type MockVersionView = z.output<typeof mockVersionListSchema>['versions'][number];
