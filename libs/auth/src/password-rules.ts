import { Problem } from '@mock-server/http';

export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 256;

/** Before anything is hashed: a megabyte of password is an attack, not a password. */
export function refuseHugePassword(password: string): void {
  if (password.length <= MAX_PASSWORD_LENGTH) return;
  throw new Problem('bad-request', { detail: `A password has at most ${MAX_PASSWORD_LENGTH} characters.` });
}

/** Length is what counts (NIST SP 800-63B); the rest is what every guesser tries first. */
export function refuseWeakPassword(password: string, email: string): void {
  refuseHugePassword(password);
  const message = weaknessOf(password, email);
  if (message === undefined) return;
  throw new Problem('invalid-body', { detail: message, extras: { mistakes: [{ pointer: '/password', message }] } });
}

function weaknessOf(password: string, email: string): string | undefined {
  if (password.length < MIN_PASSWORD_LENGTH) return `A password has at least ${MIN_PASSWORD_LENGTH} characters.`;
  const letters = password.toLowerCase();
  if (new Set(letters).size < 5) return 'This password is one that is guessed at once: use more different characters.';
  const name = email.split('@')[0] ?? '';
  if (letters === email || (name.length >= 4 && letters.replaceAll(name, '').length < 6)) {
    return 'This password is little more than the email: use another one.';
  }
  if (
    /^(?:password|passwort|qwerty|letmein|welcome|admin|changeme|mock-?server|123456|iloveyou)[\W\d_]*$/.test(letters)
  ) {
    return 'This password is one that is guessed at once: use another one.';
  }
  return undefined;
}
