/** Names of fields and of methods are tokens (RFC 9110, 5.1 and 9.1). */
export const httpToken = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const notFieldBytes = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether a value can go on the wire: one byte a character, and no control character (RFC 9110, 5.5). Node refuses any other. */
export function isFieldValue(text: string): boolean {
  return !notFieldBytes.test(text);
}

/** Control characters other than the tab are what a field value may not hold (RFC 9110, 5.5). */
export function holdsControl(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- they are what this looks for
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}
