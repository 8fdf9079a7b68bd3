import { z } from 'zod';
import { delayDistributionSchema, maxWrittenDelayMs } from './delay';
import { eventStreamSchema } from './event-script';
import { faultSchema, seedSchema } from './fault';
import { isFileName } from './file-name';
import { dribbleSchema } from './pace';
import { resourceSchema } from './resource-schema';
import { stateActionsSchema } from './state-action-schema';
import { listenerSchema, postServeActionsSchema } from './webhook-schema';
import { httpToken, holdsControl } from './header-text';

/** WireMock's default when a mapping names no priority; 1 is the most urgent. */
export const defaultPriority = 5;

/** They make a name read as another. */
const directionOverride = /[\u202a-\u202e\u2066-\u2069]/;
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/**
 * Conditions on one value, WireMock's "content pattern": exactly one matcher such as `equalTo`, with its options.
 * The matchers themselves are checked by compiling them, so the schema only says what they look like.
 */
export const contentPatternSchema = z.record(z.string(), z.unknown()).meta({
  id: 'ContentPattern',
  description:
    'One matcher on a value, with its options: { "equalTo": "x", "caseInsensitive": true }, { "matchesJsonPath": "$.a" }, { "absent": true }, { "or": [ … ] } …',
  example: { equalTo: 'value' },
});

const named = z.record(z.string(), contentPatternSchema);

const graphqlSchema = z
  .strictObject({
    operationName: z
      .union([z.string().min(1), contentPatternSchema])
      .optional()
      .describe('A name, or a matcher on it. A request without one has the name of its only operation'),
    operationType: z.enum(['query', 'mutation', 'subscription']).optional(),
    query: z
      .string()
      .min(1)
      .optional()
      .describe('A document: equal whatever its layout and the order of fields, arguments and definitions'),
    variables: named.optional().describe('A matcher on each variable, by its name'),
  })
  .meta({
    id: 'GraphqlPattern',
    description: 'A GraphQL operation, sent as JSON by POST, as application/graphql, or in the query of a GET.',
    example: { operationName: 'GetUser', variables: { id: { equalTo: '7' } } },
  });

export const requestPatternSchema = z
  .looseObject({
    method: z
      .union([
        z.string().min(1).max(64),
        z.looseObject({ oneOf: z.array(z.string()).optional(), noneOf: z.array(z.string()).optional() }),
      ])
      .optional()
      .describe('GET, POST …, ANY (the default), { "oneOf": [...] } or { "noneOf": [...] }'),
    url: z.string().optional().describe('Path and query, equal to the text'),
    urlPattern: z.string().optional().describe('Regular expression over the whole path and query'),
    urlPath: z.string().optional().describe('Path, equal to the text'),
    urlPathPattern: z.string().optional().describe('Regular expression over the whole path'),
    urlPathTemplate: z.string().optional().describe('Path with variables: /users/{id}'),
    pathParameters: named.optional(),
    queryParameters: named.optional(),
    formParameters: named.optional(),
    headers: named.optional(),
    cookies: named.optional(),
    basicAuthCredentials: z.looseObject({ username: z.string(), password: z.string() }).optional(),
    bodyPatterns: z.array(contentPatternSchema).max(100).optional(),
    multipartPatterns: z
      .array(z.record(z.string(), z.unknown()))
      .max(100)
      .optional()
      .describe(
        'Conditions on the parts of a multipart request: matchingType (ANY, ALL), name, fileName, headers, bodyPatterns',
      ),
    graphql: graphqlSchema.optional(),
    customMatcher: z
      .looseObject({ name: z.string(), parameters: z.unknown().optional() })
      .nullish()
      .describe('graphql-body-matcher or jwt-matcher; code of other WireMock extensions does not run here'),
    scheme: z.string().optional(),
    host: contentPatternSchema.optional(),
    port: z.number().int().min(0).max(65535).optional(),
    clientIp: contentPatternSchema.optional(),
  })
  .meta({ id: 'RequestPattern', description: 'When a request looks like this. Nothing given matches every request.' });

export const headerValueSchema = scalar.refine(
  value => !holdsControl(String(value)),
  'holds a control character such as CR, LF or NUL; remove it',
);

export const headerNameSchema = z
  .string()
  .regex(httpToken, "is not a header name (letters, digits and !#$%&'*+.^_`|~-)");
const statusCode = z
  .number()
  .int('must be a whole number')
  .min(200, 'must be 200 to 599: 1xx cannot be a final answer')
  .max(599, 'must be 200 to 599');
const statusText = z
  .string()
  .max(200)
  .refine(text => !holdsControl(text), 'holds a control character; remove it');
const headerValues = z.union([headerValueSchema, z.array(headerValueSchema)]);

const proxyPatchSchema = z
  .strictObject({
    status: statusCode.optional(),
    statusMessage: statusText.optional(),
    headers: z
      .record(headerNameSchema, headerValues.nullable())
      .optional()
      .describe("In place of the backend's; null takes one away"),
    json: z.unknown().optional().describe('Merged into a JSON body (RFC 7396): members replace, null takes one away'),
  })
  .meta({ id: 'ProxyPatch', description: "What is changed in a backend's answer" });

export const responseSchema = z
  .looseObject({
    status: statusCode.optional(),
    statusMessage: statusText.optional(),
    headers: z.record(headerNameSchema, headerValues).optional(),
    body: z.string().optional(),
    jsonBody: z.unknown().optional(),
    base64Body: z.base64().optional(),
    bodyFileName: z
      .string()
      .min(1)
      .max(1024)
      .refine(
        name => name.includes('{{') || isFileName(name),
        'must be a plain path below the files folder, such as users/list.json: no .., no leading slash, no escapes',
      )
      .optional(),
    transformers: z
      .array(z.string().max(200))
      .max(20)
      .nullish()
      .describe('["response-template"]: headers, body, bodyFileName and the body file are templates'),
    transformerParameters: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe('What templates see as {{parameters.…}}'),
    resource: resourceSchema.optional(),
    proxyBaseUrl: z
      .string()
      .max(2_048)
      .optional()
      .describe('The backend that answers: origin and optional base path, before the path of the request'),
    proxyUrlPrefixToRemove: z.string().max(2_048).nullish().describe('Taken off the path before it is passed on'),
    additionalProxyRequestHeaders: z
      .record(headerNameSchema, headerValues)
      .nullish()
      .describe('Sent to the backend besides'),
    removeProxyRequestHeaders: z.array(z.string().max(200)).max(100).nullish().describe('Not sent to the backend'),
    proxyPatch: proxyPatchSchema.nullish(),
    fixedDelayMilliseconds: z.number().int().min(0).max(maxWrittenDelayMs).nullish(),
    delayDistribution: delayDistributionSchema.nullish().describe('Added to the fixed delay'),
    chunkedDribbleDelay: dribbleSchema.nullish(),
    bandwidthBytesPerSecond: z
      .number()
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(1_000_000_000, 'must be at most 1000000000')
      .nullish()
      .describe('The body goes out at this rate'),
    fault: faultSchema.nullish(),
    serverSentEvents: eventStreamSchema.nullish().describe('The reply is a stream of events; there is no other body'),
  })
  .meta({
    id: 'Response',
    description: 'Answer like that. Body: the first given of body, jsonBody, base64Body, bodyFileName.',
  });

const oneResponse = { response: responseSchema.optional() };
const from = <T extends z.ZodType>(one: T) => z.array(one).min(1, 'needs a response at least').max(1_000);

/** Several responses: `response` beside them is what is left when none is picked. */
export const responsesSchema = z
  .discriminatedUnion(
    'pick',
    [
      z.looseObject({
        pick: z.literal('sequence'),
        from: from(
          z.looseObject({
            ...oneResponse,
            times: z.int('must be a whole number').min(1).max(1_000_000).optional().describe('In a row; default 1'),
          }),
        ),
        afterLast: z
          .enum(['stay', 'loop', 'response'])
          .optional()
          .describe("stay at the last (the default), begin anew, or the mapping's response"),
      }),
      z.looseObject({
        pick: z.literal('random'),
        from: from(
          z.looseObject({
            ...oneResponse,
            weight: z.number().min(0, 'must not be negative').max(1_000_000).optional().describe('Default 1'),
          }),
        ).refine(all => all.some(({ weight = 1 }) => weight > 0), 'needs a weight above 0'),
        seed: seedSchema().optional().describe('The same requests get the same responses again'),
      }),
      z.looseObject({
        pick: z.literal('rules'),
        from: from(z.looseObject({ ...oneResponse, when: requestPatternSchema })).describe(
          "The first whose `when` holds; else the mapping's response",
        ),
      }),
    ],
    { error: 'must have a pick: sequence, random or rules' },
  )
  .meta({ id: 'Responses', description: 'Several responses, of which each request gets one.' });

export const mappingSchema = z
  .looseObject({
    id: z.uuid('must be a UUID').optional(),
    uuid: z.uuid('must be a UUID').optional(),
    name: z
      .string()
      .max(500)
      .refine(name => !directionOverride.test(name), 'holds a character that turns the direction of text; remove it')
      .nullish(),
    priority: z
      .number()
      .int()
      .min(-2_147_483_648)
      .max(2_147_483_647)
      .nullish()
      .describe('1 is the most urgent; default 5'),
    weight: z
      .number()
      .int('must be a whole number')
      .min(1, 'must be 1 to 1000000')
      .max(1_000_000, 'must be 1 to 1000000')
      .nullish()
      .describe('Of the mocks with a weight that match and have the same priority, one is drawn by weight'),
    persistent: z.boolean().nullish().describe('Whether /__admin/mappings/reset keeps it'),
    enabled: z.boolean().optional().describe('false: stored, not served'),
    draft: z.boolean().optional().describe('true: made by a machine, stored, not served until it is published'),
    tags: z.array(z.string().min(1).max(100)).max(50).optional(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
    scenarioName: z.string().max(500).nullish(),
    scenarioKey: z
      .string()
      .min(1)
      .max(1_000)
      .nullish()
      .describe('Each value has states of its own: request.headers.X-User, or a template'),
    requiredScenarioState: z.string().max(500).nullish(),
    newScenarioState: z.string().max(500).nullish(),
    state: stateActionsSchema.optional(),
    request: requestPatternSchema.optional(),
    response: responseSchema.optional(),
    responses: responsesSchema.nullish(),
    serveEventListeners: z.array(listenerSchema).max(20).nullish(),
    postServeActions: postServeActionsSchema.nullish().describe('The older name of serveEventListeners'),
  })
  .meta({
    id: 'Mapping',
    description: "WireMock's stub mapping, plus enabled and tags. Unknown fields are kept and reported.",
  });

export type Mapping = z.infer<typeof mappingSchema>;
export type RequestPattern = z.infer<typeof requestPatternSchema>;
export type GraphqlPattern = z.infer<typeof graphqlSchema>;
export type ResponsesSpec = z.infer<typeof responsesSchema>;
export type ResponseSpec = z.infer<typeof responseSchema>;
