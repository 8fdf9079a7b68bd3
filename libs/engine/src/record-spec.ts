import { z } from 'zod';
import { headerNameSchema, requestPatternSchema } from './mapping-schema';

const size = z
  .union([z.string(), z.int().min(0)])
  .refine(value => sizeInBytes(value) !== undefined, 'is no size, such as 2048, "10 kb" or "1 mb"');

const recordFiltersSchema = requestPatternSchema.extend({
  ids: z.array(z.uuid('must be a UUID')).nullish().describe('Exchanges of the journal, by id'),
  allowNonProxied: z.boolean().nullish().describe('Also what a mock answered, or nobody'),
});

/** WireMock's record spec; what has no meaning here is accepted. */
export const recordSpecSchema = z
  .strictObject({
    targetBaseUrl: z.string().max(2_048).nullish().describe('Passes on there what no mock answers, while it records'),
    filters: recordFiltersSchema.nullish(),
    captureHeaders: z
      .record(headerNameSchema, z.looseObject({ caseInsensitive: z.boolean().nullish() }).nullable())
      .nullish()
      .describe('Request headers that become conditions'),
    captureHeadersExcept: z
      .array(z.string().max(200))
      .max(200)
      .nullish()
      .describe('Ours: every request header but these, and but those that say how it was asked, becomes a condition'),
    collapse: z
      .boolean()
      .nullish()
      .describe('Ours: calls that differ in ids only become one mock with a path template and a templated body'),
    latency: z
      .enum(['none', 'fixed', 'mean', 'lognormal'])
      .nullish()
      .describe('Ours: how long the backend took is kept: of each call, their mean, or a distribution fitted to them'),
    drafts: z.boolean().nullish().describe('Ours: recorded mocks are drafts, not served until they are published'),
    onExisting: z
      .enum(['add', 'compare'])
      .nullish()
      .describe('Ours: compare leaves a mock for the same request as it is, and shows what differs'),
    requestBodyPattern: z
      .looseObject({
        matcher: z.string().nullish().describe('auto (the default), equalToJson, equalToXml, equalTo'),
        ignoreArrayOrder: z.boolean().nullish(),
        ignoreExtraElements: z.boolean().nullish(),
        caseInsensitive: z.boolean().nullish(),
      })
      .nullish(),
    extractBodyCriteria: z
      .strictObject({ textSizeThreshold: size.nullish(), binarySizeThreshold: size.nullish() })
      .nullish()
      .describe('Bodies larger than this become files'),
    persist: z.boolean().nullish().describe('Default true: reset keeps the recorded mocks'),
    repeatsAsScenarios: z.boolean().nullish().describe('Default true; false keeps the newest answer only'),
    transformers: z.array(z.string()).nullish().describe('Accepted, without effect'),
    transformerParameters: z.record(z.string(), z.unknown()).nullish(),
    outputFormat: z
      .string()
      .refine(text => /^(?:full|ids)$/i.test(text), 'must be FULL or IDS')
      .nullish(),
  })
  .superRefine((spec, context) => {
    for (const field of unusedOptions(spec.requestBodyPattern))
      context.addIssue({
        code: 'custom',
        path: ['requestBodyPattern', field],
        message: `is no option of ${spec.requestBodyPattern?.matcher}`,
      });
  })
  .meta({ id: 'RecordSpec', description: "WireMock's record spec" });

export type RecordSpec = z.infer<typeof recordSpecSchema>;

const optionsOf: Readonly<Record<string, readonly string[]>> = {
  equalTo: ['caseInsensitive'],
  equalToJson: ['ignoreArrayOrder', 'ignoreExtraElements'],
  equalToXml: [],
};

function unusedOptions(pattern: { readonly matcher?: string | null | undefined } | null | undefined): string[] {
  const known = optionsOf[pattern?.matcher ?? 'auto'];
  return known === undefined ? [] : Object.keys(pattern ?? {}).filter(key => key !== 'matcher' && !known.includes(key));
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3 };

/** `"2 kb"` is 2048. Undefined when it is no size. */
export function sizeInBytes(size: string | number): number | undefined {
  if (typeof size === 'number') return size;
  const [, number, unit = ''] = /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(size) ?? [];
  const factor = units[unit.toLowerCase()];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}
