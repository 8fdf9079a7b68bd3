export { jsonFormat, prettyFormat } from './formats';
export { createLogger } from './logger';
export { redact, redactText } from './redact';
