import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** API tokens begin with this, so that a person and a secret scanner know one when they see it. */
export const API_TOKEN_PREFIX = 'mst_';

/** 256 random bits as text for a URL or a header. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** For secrets made by {@link newSecret}: nobody guesses those, so the hash need not be slow. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

export function isSameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
