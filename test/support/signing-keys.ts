import { makeTokenCrypto } from '../../apps/server/src/token-crypto';

/** The server's cryptography with a secret that tests know. */
export const signingKeys = makeTokenCrypto({ secret: 'the secret of the tests', privateKey: undefined });
