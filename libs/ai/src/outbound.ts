import { type ServiceRequest } from '@mock-server/outbound';

/** The one way out, as far as the AI takes it. */
export interface Outbound {
  /** Resolves when the whole reply is there. */
  fetch(request: ServiceRequest): Promise<Response>;
}

/** Injection token of {@link Outbound}: its room is a neighbour, so whoever puts the rooms together hands it in. */
export const AI_OUTBOUND = Symbol('AI_OUTBOUND');
