import { z } from 'zod';

export const resourceMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type ResourceMethod = (typeof resourceMethods)[number];

const field = z.string().min(1).max(200);
const parameter = z.string().min(1).max(100).optional();

export const resourceSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be 1 to 100 letters, digits, dots, hyphens and underscores')
      .describe('Mocks of a workspace that name the same resource share its items'),
    items: z.array(z.record(z.string(), z.unknown())).max(10_000).optional().describe('What it holds at first'),
    idField: field.optional().describe('Default: id'),
    id: z.enum(['counter', 'uuid']).optional().describe('How new items get one. Default: counter'),
    methods: z.array(z.enum(resourceMethods)).min(1).optional().describe('All if absent; others are answered 405'),
    schema: z.unknown().optional().describe('A JSON Schema (draft 2020-12) that each item must keep'),
    upsert: z.boolean().optional().describe('PUT of an unknown id creates it'),
    pathFields: z
      .record(field, field)
      .optional()
      .describe('Below another resource: { "shop": "shopId" } takes {shop} of the path for the field shopId'),
    filters: z.array(field).max(100).optional().describe('Query parameters that filter; any if absent'),
    query: z
      .strictObject({
        page: parameter,
        limit: parameter,
        offset: parameter,
        sort: parameter,
        order: parameter,
        search: parameter,
      })
      .optional()
      .describe('Other names for _page, _limit, _offset, _sort, _order and q'),
    limit: z.int().min(1).max(10_000).optional().describe('Items of a page when the request does not say'),
    maxLimit: z.int().min(1).max(10_000).optional().describe('Items of a page at most'),
    totalHeader: z
      .string()
      .regex(/^[\w-]{1,100}$/, 'is not a header name')
      .optional()
      .describe('Default: X-Total-Count'),
    envelope: z
      .strictObject({
        items: field,
        total: field.optional(),
        page: field.optional(),
        limit: field.optional(),
        item: field.optional(),
      })
      .optional()
      .describe(
        'Where list and totals stand in the body: { "items": "data", "total": "meta.total" }; item: around a single one',
      ),
  })
  .meta({
    id: 'Resource',
    description: 'A CRUD endpoint: the collection at the path of the request, its items one segment below.',
  });

export type ResourceSpec = z.infer<typeof resourceSchema>;
