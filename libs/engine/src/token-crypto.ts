/** Signature algorithms of JSON Web Tokens (RFC 7518, 3.1, and RFC 8037). `none` is not among them. */
export const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const;
export const publicKeyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type TokenAlgorithm = (typeof secretAlgorithms)[number] | (typeof publicKeyAlgorithms)[number];

/** A key says which kind of algorithm may use it, so that a token cannot choose another kind. */
export type TokenKey =
  | { readonly kind: 'secret'; readonly secret: string }
  /** PEM text (a public key or a certificate), or a JSON Web Key. */
  | { readonly kind: 'public'; readonly key: string | Readonly<Record<string, unknown>> };

export interface SignedText {
  readonly algorithm: TokenAlgorithm;
  /** Header and payload as they stand in the token. */
  readonly text: string;
  readonly signature: Uint8Array;
}

/** Signatures: lent to the engine by a process that has cryptography. None of it throws. */
export interface TokenCrypto {
  /** Signs with the server's own secret or private key, as the template helper `jwt` does. */
  sign(algorithm: 'HS256' | 'RS256', text: string): Uint8Array;
  /** The public half of the server's own key, as a JSON Web Key with its `kid`. */
  publicKey(): Readonly<Record<string, unknown>> & { readonly kid: string };
  /** What is wrong with a key; undefined when it can be used. */
  problemOf(key: TokenKey): string | undefined;
  isSignedBy(signed: SignedText, key: TokenKey): boolean;
}
