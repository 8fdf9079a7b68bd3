import { type Config } from '@mock-server/config';
import { seededRandom, setEngineHost } from '@mock-server/engine';
import { makeTokenCrypto } from './token-crypto';

/** Tells the engine what the operator has decided, and lends it chance and cryptography. Before any mapping is read. */
export function hostEngine(config: Config): void {
  setEngineHost({
    templating: config.templating,
    allowBacktrackingRegex: config.allowBacktrackingRegex,
    random: config.randomSeed === undefined ? Math.random : seededRandom(String(config.randomSeed)),
    tokenCrypto: makeTokenCrypto(config.templateTokens),
  });
}
