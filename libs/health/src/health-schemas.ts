import type { ApiResponseOptions } from '@nestjs/swagger';

const part = {
  type: 'object',
  required: ['status', 'message'],
  properties: {
    status: { type: 'string', enum: ['up', 'degraded', 'down'] },
    message: { type: 'string', example: 'PostgreSQL is up.' },
  },
};
const parts = { type: 'object', additionalProperties: part };

const report = {
  type: 'object' as const,
  required: ['status', 'details', 'degraded'],
  properties: {
    status: { type: 'string', enum: ['ok', 'degraded', 'error', 'shutting_down'] },
    degraded: { type: 'array', items: { type: 'string' }, example: ['redis'] },
    info: { ...parts, description: 'The parts that are up or degraded.' },
    error: { ...parts, description: 'The parts that are down.' },
    details: { ...parts, description: 'All parts.' },
  },
};

const wireMockHealth = {
  type: 'object' as const,
  required: ['status', 'message', 'version', 'uptimeInSeconds', 'timestamp'],
  properties: {
    status: { type: 'string', enum: ['healthy', 'unhealthy'] },
    message: { type: 'string' },
    version: { type: 'string', example: '0.1.0' },
    uptimeInSeconds: { type: 'integer' },
    timestamp: { type: 'string', format: 'date-time' },
  },
};

export const REPORT_UP = {
  status: 200,
  description: 'Mocks are answered',
  schema: report,
} satisfies ApiResponseOptions;
export const REPORT_DOWN = {
  status: 503,
  description: 'Send no traffic here',
  schema: report,
} satisfies ApiResponseOptions;
export const LIVE = {
  status: 200,
  description: 'The process turns',
  schema: { type: 'object', required: ['status'], properties: { status: { type: 'string', enum: ['ok'] } } },
} satisfies ApiResponseOptions;
export const WIREMOCK_UP = { status: 200, description: 'Healthy', schema: wireMockHealth } satisfies ApiResponseOptions;
export const WIREMOCK_DOWN = {
  status: 503,
  description: 'Not ready',
  schema: wireMockHealth,
} satisfies ApiResponseOptions;
export const VERSION_ANSWER = {
  status: 200,
  description: 'The version',
  schema: { type: 'object', required: ['version'], properties: { version: { type: 'string', example: '0.1.0' } } },
} satisfies ApiResponseOptions;
