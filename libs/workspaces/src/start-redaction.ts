import { createHmac, randomBytes } from 'node:crypto';
import { Redaction, type RedactionRules } from '@mock-server/engine';

/** For one recording or one prompt. The key of its stand-ins is drawn anew and forgotten with it: nobody can try passwords against them later. */
export function startRedaction(rules: RedactionRules = {}): Redaction {
  const key = randomBytes(32);
  return new Redaction({ rules, digest: text => createHmac('sha256', key).update(text).digest() });
}
