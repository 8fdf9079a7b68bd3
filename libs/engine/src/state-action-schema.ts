import { z } from 'zod';

const maxActions = 20;
const key = z.string().min(1).max(1_000).describe('Which key; may be a template');
const value = z.unknown().describe('JSON; every text in it may be a template');
const json = z.string().max(100_000).describe('A template whose text is JSON, instead of value: {{request.body}}');

const setSchema = z.strictObject({ set: key, value: value.optional(), json: json.optional() });
const incrementSchema = z.strictObject({
  increment: key,
  by: z
    .union([z.number(), z.string().max(1_000)])
    .optional()
    .describe('1 if absent; a text may be a template'),
});
const appendSchema = z.strictObject({
  append: key,
  value: value.optional(),
  json: json.optional(),
  max: z.int().min(1).max(100_000).optional().describe('Keep the newest so many; 1,000 if absent'),
});
const deleteSchema = z.strictObject({ delete: key });

export const stateActionsSchema = z
  .array(z.union([setSchema, incrementSchema, appendSchema, deleteSchema]))
  .max(maxActions)
  .meta({
    id: 'StateActions',
    description:
      'What each hit changes in the key-value store, all of it or nothing: { "set": key, "value": … }, { "increment": key, "by": 1 }, { "append": key, "value": …, "max": 10 }, { "delete": key }.',
    example: [{ increment: 'visits' }, { set: 'last', value: { path: '{{request.path}}' } }],
  });

export type StateActionSpec = z.infer<typeof stateActionsSchema>[number];
