import { z } from 'zod';
import { delayDistributionSchema } from './delay';

/** WireMock's name of the listener that calls out. */
export const webhookName = 'webhook';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const listenerSchema = z
  .looseObject({
    name: z.string().max(200),
    requestPhases: z.array(z.string().max(100)).max(10).nullish().describe('Default: when the reply was sent'),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  })
  .meta({
    id: 'ServeEventListener',
    description: 'What else happens when a mock has answered: { "name": "webhook", "parameters": { … } }',
    example: {
      name: webhookName,
      parameters: { method: 'POST', url: 'https://receiver.example.test/paid', body: '{{originalRequest.body}}' },
    },
  });

/** The old form may also be `{ "webhook": { … } }`. */
export const postServeActionsSchema = z.union([
  z.array(listenerSchema).max(20),
  z.record(z.string(), z.record(z.string(), z.unknown())),
]);

/** The parameters of a webhook. What else there is, its templates see as `parameters`. */
export const webhookSchema = z.looseObject({
  method: z.string().min(1).max(200).nullish().describe('Default GET'),
  url: z.string('must be given').min(1).max(8_192),
  headers: z.record(z.string(), z.union([scalar, z.array(scalar)])).nullish(),
  body: z.string().nullish(),
  jsonBody: z.unknown().optional(),
  base64Body: z.base64('must be base64').nullish(),
  delay: delayDistributionSchema.nullish().describe('After the reply was sent'),
});

export type ListenerSpec = z.infer<typeof listenerSchema>;
export type WebhookSpec = z.infer<typeof webhookSchema>;
