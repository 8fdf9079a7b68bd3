/** A keyed one-way function of at least 16 bytes, such as an HMAC with a random key: the same text gets the same bytes. */
export type Digest = (text: string) => Uint8Array;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';
const hexLower = '0123456789abcdef';
const hexUpper = hexLower.toUpperCase();

/**
 * Another text of the same shape: digits stay digits, hex stays hex, letters keep their case, all else stays where it is. A text of
 * punctuation alone becomes one of `*`. `attempt` gives another one still.
 */
export function makeStandIn(text: string, digest: Digest, attempt = 0): string {
  const alphabets = alphabetsFor(text);
  const next = byteSource(text, digest, attempt);
  const isUuid = uuid.test(text);
  let made = '';
  let hasChanged = false;
  for (let i = 0; i < text.length; i++) {
    const alphabet = isUuid && (i === 14 || i === 19) ? undefined : alphabets(text.charCodeAt(i));
    if (alphabet === undefined) {
      made += text[i]!;
      continue;
    }
    hasChanged = true;
    made += alphabet[next() % alphabet.length]!;
  }
  return hasChanged ? made : '*'.repeat(text.length);
}

function alphabetsFor(text: string): (code: number) => string | undefined {
  const isLong = text.length >= 8 && /\d/.test(text);
  if (isLong && /^[0-9a-f-]+$/.test(text) && /[a-f]/.test(text)) return code => (code === 45 ? undefined : hexLower);
  if (isLong && /^[0-9A-F-]+$/.test(text) && /[A-F]/.test(text)) return code => (code === 45 ? undefined : hexUpper);
  return code => {
    if (code >= 48 && code <= 57) return digits;
    if (code >= 65 && code <= 90) return upper;
    return (code >= 97 && code <= 122) || code > 127 ? lower : undefined;
  };
}

/** The text is digested once; what more bytes are needed come from that: work stays linear in its length. */
function byteSource(text: string, digest: Digest, attempt: number): () => number {
  let block = digest(`${attempt} ${text}`);
  const seed = Array.from(block, byte => byte.toString(16)).join(' ');
  let used = 0;
  let blocks = 0;
  return () => {
    if (used === block.length) {
      block = digest(`${++blocks} of ${seed}`);
      used = 0;
    }
    return block[used++]!;
  };
}
