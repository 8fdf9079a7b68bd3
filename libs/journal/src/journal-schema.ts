/** OpenAPI shapes of what the journal answers: WireMock's words, open for what WireMock adds. */
const open = { type: 'object' as const, additionalProperties: true };

export const loggedRequestSchema = {
  ...open,
  description: "A request as it came in (WireMock's LoggedRequest).",
  properties: {
    url: { type: 'string' as const },
    absoluteUrl: { type: 'string' as const },
    method: { type: 'string' as const },
    clientIp: { type: 'string' as const },
    headers: open,
    cookies: open,
    body: { type: 'string' as const },
    bodyAsBase64: { type: 'string' as const },
    loggedDate: { type: 'integer' as const, description: 'Milliseconds since 1970' },
    loggedDateString: { type: 'string' as const },
    queryParams: open,
    formParams: open,
  },
};

export const exchangeSchema = {
  ...open,
  description: "A request, its reply, and where the reply came from (WireMock's ServeEvent).",
  properties: {
    id: { type: 'string' as const },
    request: loggedRequestSchema,
    responseDefinition: open,
    response: open,
    wasMatched: { type: 'boolean' as const },
    source: { type: 'string' as const, enum: ['mock', 'proxy', 'ai', 'none'], description: 'With view=full' },
    note: { type: 'string' as const, description: 'With view=full: a fate worth telling' },
    subEvents: { type: 'array' as const, items: open },
    timing: open,
    stubMapping: open,
  },
};

export const exchangeListSchema = {
  type: 'object' as const,
  properties: {
    requests: { type: 'array' as const, items: exchangeSchema },
    meta: { type: 'object' as const, properties: { total: { type: 'integer' as const } } },
    requestJournalDisabled: { type: 'boolean' as const },
  },
};

export const requestListSchema = {
  type: 'object' as const,
  properties: {
    requests: { type: 'array' as const, items: loggedRequestSchema },
    requestJournalDisabled: { type: 'boolean' as const },
  },
};

export const removedSchema = {
  type: 'object' as const,
  properties: { serveEvents: { type: 'array' as const, items: exchangeSchema } },
};

export const countSchema = {
  type: 'object' as const,
  properties: { count: { type: 'integer' as const }, requestJournalDisabled: { type: 'boolean' as const } },
};

export const emptySchema = { type: 'object' as const };
