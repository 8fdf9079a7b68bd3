import { type AiFailure } from '@mock-server/ai';

/** `absent`: it is not set up; a failure: it could not answer, and the next may. */
export type FallbackOutcome = 'answered' | 'absent' | AiFailure;
