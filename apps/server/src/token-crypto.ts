import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  constants,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { type Config } from '@mock-server/config';
import { type SignedText, type TokenAlgorithm, type TokenCrypto, type TokenKey } from '@mock-server/engine';

const keysKept = 100;

/** Signs and verifies tokens with Node's cryptography. Keys that the settings do not give are made here, the RSA key when it is first needed. */
export function makeTokenCrypto({ secret, privateKey }: Config['templateTokens']): TokenCrypto {
  const ownSecret = secret ?? randomBytes(32).toString('base64url');
  let pair:
    { readonly privateKey: KeyObject; readonly jwk: Record<string, unknown> & { readonly kid: string } } | undefined;
  const ownPair = (): NonNullable<typeof pair> => (pair ??= pairOf(privateKey));
  const publicKeys = new Map<string, KeyObject | undefined>();
  const publicKeyOf = (key: Extract<TokenKey, { kind: 'public' }>['key']): KeyObject | undefined => {
    const name = typeof key === 'string' ? key : JSON.stringify(key);
    if (!publicKeys.has(name)) {
      if (publicKeys.size >= keysKept) publicKeys.clear();
      publicKeys.set(name, readPublicKey(key));
    }
    return publicKeys.get(name);
  };
  return {
    sign: (algorithm, text) =>
      algorithm === 'HS256' ? hmac('sha256', ownSecret, text) : sign('sha256', Buffer.from(text), ownPair().privateKey),
    publicKey: () => ownPair().jwk,
    problemOf: key => {
      if (key.kind === 'secret') return undefined;
      return publicKeyOf(key.key) === undefined
        ? 'is no public key in PEM or as a JWK (RSA, EC or Ed25519)'
        : undefined;
    },
    isSignedBy: (signed, key) => {
      if (key.kind === 'secret') return isHmac(signed, key.secret);
      const publicKey = publicKeyOf(key.key);
      return publicKey !== undefined && isSigned(signed, publicKey);
    },
  };
}

function pairOf(pem: string | undefined): { privateKey: KeyObject; jwk: Record<string, unknown> & { kid: string } } {
  const privateKey =
    pem === undefined ? generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey : createPrivateKey(pem);
  const { n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  // RFC 7638: the same key has the same name on every replica.
  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
  return { privateKey, jwk: { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e } };
}

function readPublicKey(key: string | Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    const read =
      typeof key === 'string' ? createPublicKey(key) : createPublicKey({ key: key as JsonWebKeyInput, format: 'jwk' });
    return ['rsa', 'rsa-pss', 'ec', 'ed25519'].includes(read.asymmetricKeyType ?? '') ? read : undefined;
  } catch {
    return undefined;
  }
}

type JsonWebKeyInput = Extract<Parameters<typeof createPublicKey>[0], { format: 'jwk' }>['key'];

function hmac(hash: string, secret: string, text: string): Buffer {
  return createHmac(hash, secret).update(text).digest();
}

function isHmac({ algorithm, text, signature }: SignedText, secret: string): boolean {
  const wanted = hmac(hashOf(algorithm), secret, text);
  return wanted.length === signature.length && timingSafeEqual(wanted, signature);
}

const keyTypes: Readonly<Record<string, readonly string[]>> = {
  RS: ['rsa'],
  PS: ['rsa', 'rsa-pss'],
  ES: ['ec'],
  Ed: ['ed25519'],
};

function isSigned({ algorithm, text, signature }: SignedText, publicKey: KeyObject): boolean {
  const family = algorithm.slice(0, 2);
  if (keyTypes[family]?.includes(publicKey.asymmetricKeyType ?? '') !== true) return false;
  const data = Buffer.from(text);
  try {
    if (family === 'Ed') return verify(null, data, publicKey, signature);
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return verify(
      hashOf(algorithm),
      data,
      { key: publicKey, ...(family === 'PS' ? pss : {}), ...(family === 'ES' ? { dsaEncoding: 'ieee-p1363' } : {}) },
      signature,
    );
  } catch {
    return false; // a signature of a length that the curve does not have
  }
}

function hashOf(algorithm: TokenAlgorithm): string {
  return `sha${algorithm.slice(2)}`;
}
