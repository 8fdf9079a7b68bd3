/**
 * What the name of a field, parameter or header says of its value: `secret` whatever it looks like, `likely` when it is one piece of at
 * least four characters, `perhaps` when it looks made by a machine.
 */
export type SecretKind = 'secret' | 'likely' | 'perhaps';

const maxNameLength = 200;
const maxLooked = 512;

const secretWord =
  /passw(?:or)?d|passphrase|passcode|^pwd$|secret(?!ar|ion)|api_?key|credential|private_?key|^otp$|^cvv2?$|^cvc2?$|jsessionid|phpsessid|^authorization$|^cookie$/;
const likelyWord =
  /token$|^pass$|^jwt$|^s?sid$|sess(?:ion)?id$|^pin$|^sig$|^signature$|^assertion$|^bearer$|^hmac$|^mac$/;
/** Two words in a row, as `api key`. */
const secretPair =
  /(?:^| )(?:(?:api|access|private|secret|master|signing|encryption|shared|subscription|functions?|auth|session|account|service|license|app|consumer|host|webhook) keys?(?: id)?|(?:session|secret) id|(?:security|verification|recovery|backup|authorization|auth|mfa|device|login) codes?|card (?:number|no)|code verifier)$/;
/** What such words are followed by when the value only tells about the secret. */
const aboutIt =
  /^(?:types?|counts?|limits?|ur[li]|endpoint|names?|expires|expir[a-z]*|exp|ttl|lifetime|length|size|index|policy|hint|required|enabled|valid|verified|changed|updated|created|at|in|date|time|age|strength|min|max|rules?|formats?|version|status|fields?|labels?|placeholder|usage|used|symbol|standard|attempts|alg|algorithm|description|title|help|kind|path|domain|ids?|method|methods|style)$/;

/** Reads names in camelCase, snake_case, kebab-case and `form[style]` alike. */
export function kindOfName(name: string): SecretKind | undefined {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined) return undefined;
  if (secretPair.test(words.join(' '))) return 'secret';
  if (aboutIt.test(last)) return undefined;
  if (words.some(word => secretWord.test(word))) return 'secret';
  if (words.some(word => likelyWord.test(word))) return 'likely';
  return words.some(word => word === 'tokens' || word === 'sids' || word === 'cookies') ? 'perhaps' : undefined;
}

/** Whether a value under a name of this kind is a secret. */
export function isSecretValue(kind: SecretKind, value: string): boolean {
  switch (kind) {
    case 'secret':
      return value !== '';
    case 'likely':
      return value.length >= 4 && !/\s/.test(value);
    case 'perhaps':
      return looksRandom(value);
    default:
      return kind satisfies never;
  }
}

/** Whether a text is so unlike a word, a date, a number or an address that it can be looked for everywhere. Its beginning decides. */
export function looksRandom(whole: string): boolean {
  const text = whole.slice(0, maxLooked);
  if (text.length < 8 || /[\s@]/.test(text) || text.includes('://')) return false;
  if (/^\d{4}-\d\d-\d\d/.test(text)) return false;
  if (/^[\d.,:+-]+$/.test(text)) return text.replace(/\D/g, '').length >= 12 && /^\d+$/.test(text);
  if (/\d/.test(text) && /[a-z]/i.test(text)) return true;
  return text.length >= 24 || (/[a-z]/.test(text) && /[A-Z]/.test(text.slice(1)) && text.length >= 16);
}

function wordsOf(name: string): string[] {
  return name
    .slice(0, maxNameLength)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map(word => word.replace(/\d+$/, ''))
    .filter(word => word !== '');
}
