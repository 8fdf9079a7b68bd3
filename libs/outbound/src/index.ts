export { CircuitBreaker, type Passage } from './circuit-breaker';
export { ConnectionSlots, type SlotOutcome } from './connection-slots';
export { type ServiceRequest } from './service-request';
