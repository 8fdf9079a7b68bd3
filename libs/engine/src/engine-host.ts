import { type TokenCrypto } from './token-crypto';

/**
 * What the process that runs the engine has decided for all of it, or lends to it. Everything else comes in as a parameter; these would
 * have to go through every compiler of every matcher (docs/adr). Set once at start, before a mapping is read.
 */
export interface EngineHost {
  /** Which responses are templates: those whose `transformers` say so, all, or none. */
  readonly templating: 'local' | 'global' | 'off';
  /** Whether lookaround and backreferences are taken, on a matcher that stops after a number of steps. */
  readonly allowBacktrackingRegex: boolean;
  /** From 0 up to, not including, 1: picks among mocks with weights. */
  readonly random: () => number;
  /** Verifies signatures; without it a token whose key matters never matches. */
  readonly tokenCrypto: TokenCrypto | undefined;
}

/** No chance and no machine: what a browser or a test starts with. */
export const plainHost: EngineHost = {
  templating: 'local',
  allowBacktrackingRegex: false,
  random: () => 0,
  tokenCrypto: undefined,
};

let host = plainHost;

export function engineHost(): EngineHost {
  return host;
}

export function setEngineHost(chosen: Partial<EngineHost>): void {
  host = { ...plainHost, ...chosen };
}
