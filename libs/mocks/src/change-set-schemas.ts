import { CHANGE_SOURCES } from '@mock-server/workspaces';
import { z } from 'zod';

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

export const newChangeSetSchema = z
  .strictObject({
    title: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .refine(title => !UNPRINTABLE.test(title), 'A title has printable characters only'),
    ids: z.array(z.uuid()).min(1).max(10_000).describe('Of drafts.'),
  })
  .meta({ id: 'NewChangeSet' });

export const changeSetSchema = z
  .object({
    id: z.uuid(),
    title: z.string(),
    source: z.enum(CHANGE_SOURCES),
    author: z.string(),
    createdAt: z.string().meta({ format: 'date-time' }),
    drafts: z.int().describe('How many wait in it.'),
  })
  .meta({ id: 'ChangeSet' });
export const changeSetListSchema = z.object({ changeSets: z.array(changeSetSchema) }).meta({ id: 'ChangeSetList' });

export type NewChangeSet = z.output<typeof newChangeSetSchema>;
export type ChangeSetView = z.output<typeof changeSetSchema>;
