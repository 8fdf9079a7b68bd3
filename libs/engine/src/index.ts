export { Catalog, type CatalogChange, type CatalogProblem } from './catalog';
export { CatalogOverlay } from './catalog-overlay';
export { type CatalogView } from './catalog-view';
export { CatalogMock, compareMocks, compileMock, type HitCount, type StoredMock } from './catalog-mock';
export { type Chance as ReplyChance } from './chance';
export { delayDistributionSchema, drawDelayMs, type DelayDistribution } from './delay';
export { type Drift, type DriftKind, type DriftOptions, type Vocabulary } from './drift';
export { compareReplies, type WholeAnswer } from './drift-reply';
export { adaptResponse } from './drift-response';
export { learnWords } from './drift-text';
export { engineHost, plainHost, setEngineHost, type EngineHost } from './engine-host';
export { type EventScript, type EventStep } from './event-script';
export { exampleRequest, type ExampleRequest } from './example-request';
export { faultStrikes, type Fault, type FaultKind } from './fault';
export { isFileName } from './file-name';
export { diffJson, type JsonChange } from './json-diff';
export { compileJsonPath, toJsonText, type JsonPath } from './json-path';
export { isTextType } from './content-kind';
export { isObject } from './is-object';
export { applyJsonPatch, jsonPatchBetween, jsonPatchSchema, type JsonPatch } from './json-patch';
export { readJson, type JsonReading } from './json-value';
export { compileRegex, type LinearRegex } from './linear-regex';
export { readMapping, type MappingReading } from './mapping';
export {
  contentPatternSchema,
  defaultPriority,
  headerNameSchema,
  headerValueSchema,
  mappingSchema,
  requestPatternSchema,
  responseSchema,
  type Mapping,
  type RequestPattern,
  type ResponseSpec,
} from './mapping-schema';
export { at, type Mistake } from './mistake';
export { MockRequest, requestFrom, type MockRequestParts } from './mock-request';
export { distanceOf, nearestRequests, type FailedCondition, type NearMiss } from './near-miss';
export { cutBody, type Pace, type Pieces } from './pace';
export { compileRequestPattern, compileValuePattern, type CompiledPattern, type CompiledValuePattern } from './pattern';
export { Redaction, type RedactableExchange, type RedactionSetup } from './redaction';
export { redactionRulesSchema, type RedactionRules } from './redaction-rules';
export { type ReplyPlan } from './reply-plan';
export { type ReplyChoice } from './response-choice';
export {
  resourceIsFull,
  type Chance,
  type Resource,
  type ResourceAnswer,
  type ResourceChange,
  type ResourceView,
} from './resource';
export { headerBytes } from './header-bytes';
export { mimeOf } from './content-kind';
export { headerOf, withoutHeaders } from './header-list';
export { httpToken, isFieldValue } from './header-text';
export { hasBody, hasDate, headerLines, plainHeaderLines, requestFramingHeaders, withLength } from './message-head';
export { type ProxyCall, type ProxyReply, type ReplyPatch } from './proxy-reply';
export { recordSpecSchema, type RecordSpec } from './record-spec';
export { type RecordedExchange } from './recorded-exchange';
export { recordedRequest } from './recorded-request';
export { type RecordedMapping } from './recorded-mapping';
export { filterOf, recordedMappings, recordedMappingsInSteps } from './recorded-mappings';
export {
  compileReply,
  maxMessageBytes,
  stubHeaders,
  type Reply,
  type ReplyBody,
  type ReplyMessage,
  type SentBytes,
} from './reply';
export { patchHeaders, patchJsonBody } from './reply-patch';
export { requestMatches, type RequestMatcher } from './request-matcher';
export {
  commonInstance,
  freshScenarios,
  instanceOf,
  scenarioStart,
  type ScenarioStep,
  type ScenarioView,
} from './scenario';
export { seededRandom } from './seeded-random';
export { type StateActions } from './state-action';
export { stateActionsSchema } from './state-action-schema';
export { StateDraft, stateKeyMistake, type StateWrite } from './state-draft';
export { compileTemplate, type Template, type TemplateReading, type TemplateRendering } from './template';
export { helperNames } from './template-helpers';
export { type RenderedReply, type RenderFailure, type TemplatedReply } from './template-reply';
export { systemValuePrefix, type TemplateEnvironment } from './template-run';
export { type SignedText, type TokenAlgorithm, type TokenCrypto, type TokenKey } from './token-crypto';
export { viewMapping } from './mapping-view';
export { type Webhook, type WebhookCall, type WebhookFailure } from './webhook';
export { mistakesOf } from './zod-mistakes';
