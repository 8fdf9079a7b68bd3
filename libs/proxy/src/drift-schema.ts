import { headerNameSchema, headerValueSchema, jsonPatchSchema } from '@mock-server/engine';
import { z } from 'zod';

const exampleSchema = z
  .strictObject({
    method: z.string().min(1).max(64).optional().describe('Default: the one the mock asks for'),
    url: z.string().startsWith('/').max(8_192).describe('Path and query'),
    headers: z.record(headerNameSchema, headerValueSchema).optional(),
    body: z.string().max(1_048_576).optional(),
  })
  .meta({ id: 'DriftExample', description: 'A request that the mock takes' });

export const driftSpecSchema = z
  .strictObject({
    source: z
      .enum(['backend', 'recording'])
      .default('backend')
      .describe(
        'backend (the default): each mock’s request is sent there. recording: what the recording that runs and the journal have of the backend',
      ),
    targetBaseUrl: z.string().max(2_048).optional().describe('The backend; default: the one of the workspace'),
    mocks: z.array(z.uuid()).min(1).max(5_000).optional().describe('Only these, by id; default: all that are served'),
    methods: z
      .array(z.string().min(1).max(64))
      .max(20)
      .default(['GET', 'HEAD', 'OPTIONS'])
      .describe(
        'Only mocks of these methods are asked for. Others may change something at the backend: name them to ask',
      ),
    headers: z
      .record(headerNameSchema, headerValueSchema)
      .default({})
      .describe('Sent with each request, such as Authorization; never stored'),
    variables: z
      .record(z.string().max(200), z.string().max(1_000))
      .default({})
      .describe('What stands for the variables of path templates: { "id": "7" }'),
    examples: z
      .record(z.uuid(), exampleSchema)
      .default({})
      .describe('By mock: the request to compare by, for mocks whose own conditions do not say it'),
    ignoreHeaders: z.array(z.string().max(200)).max(200).default([]),
    ignorePaths: z
      .array(z.string().max(1_000))
      .max(1_000)
      .default([])
      .describe('Places in JSON as a difference names them, with all below: $.items[*].meta'),
    maxMocks: z.int().min(1).max(5_000).default(1_000),
    timeoutMs: z
      .int()
      .min(100)
      .max(300_000)
      .default(60_000)
      .describe('Of the whole run; what is left by then is counted'),
    maxBodyBytes: z.int().min(0).max(10_485_760).default(1_048_576).describe('Longer answers are not compared'),
    concurrency: z.int().min(1).max(16).default(4),
  })
  .meta({ id: 'DriftSpec' });

export type DriftSpec = z.output<typeof driftSpecSchema>;

const anythingOfReport = z.unknown().optional().describe('As in the report; not looked at');

export const driftPatchesSchema = z
  .strictObject({
    patches: z
      .array(
        z.strictObject({
          id: z.uuid().transform(id => id.toLowerCase()),
          version: z.int().min(1).describe('Of the mock that the patch was made for'),
          patch: jsonPatchSchema.optional().describe('None: nothing is changed'),
          name: anythingOfReport,
          request: anythingOfReport,
          differences: anythingOfReport,
          byHand: anythingOfReport,
        }),
      )
      .min(1)
      .max(5_000)
      .describe('The entries of drifted of a report, or of them what you accept'),
  })
  .meta({ id: 'DriftPatches' });

export type DriftPatches = z.output<typeof driftPatchesSchema>;

const differenceSchema = z.object({
  kind: z.enum([
    'status',
    'header-added',
    'header-removed',
    'header-changed',
    'body',
    'added',
    'removed',
    'renamed',
    'type',
    'nullability',
    'enum',
    'format',
  ]),
  path: z.string().describe("A header's name, or where in the JSON; empty for status and body as a whole"),
  mock: z.string().optional(),
  backend: z.string().optional(),
  message: z.string(),
});

const requestSchema = z.object({ method: z.string(), url: z.string() });

export const driftReportSchema = z
  .object({
    checkedAt: z.iso.datetime(),
    target: z.string().optional().describe('The backend that was asked; not for a recording'),
    isComplete: z.boolean().describe('False: time or maxMocks ended it; counts.left says how many were not looked at'),
    counts: z.object({
      same: z.int(),
      drifted: z.int(),
      notCompared: z.int(),
      left: z.int(),
    }),
    drifted: z.array(
      z.object({
        id: z.uuid(),
        name: z.string().optional(),
        version: z.int(),
        request: requestSchema,
        differences: z.array(differenceSchema),
        patch: jsonPatchSchema.optional().describe('What makes the mock fit, as changes to its mapping'),
        byHand: z.array(z.string()).optional().describe('What no patch mends, and why'),
      }),
    ),
    notCompared: z.array(z.object({ id: z.uuid(), name: z.string().optional(), reason: z.string() })),
  })
  .meta({ id: 'DriftReport' });

export type DriftReport = z.output<typeof driftReportSchema>;
export type MockDrift = DriftReport['drifted'][number];
