/**
 * On every answer of the console port and the admin API. No CORS header ever: other sites have no business here.
 * `data:` images are the icons in Swagger UI's style sheet; scripts and styles come from here only.
 */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const satisfies Record<string, string>;
