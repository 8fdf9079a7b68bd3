/*
 * What we use of Anthropic's library. `build.mjs` makes a file of its own of this one, which is loaded with the first generation:
 * of 320 modules each start would pay for, nearly no server needs any.
 */
export { Anthropic, APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
export { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
