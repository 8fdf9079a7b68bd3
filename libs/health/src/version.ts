/** Injection token of the server's version, a string; the app knows it. */
export const VERSION = Symbol('VERSION');
