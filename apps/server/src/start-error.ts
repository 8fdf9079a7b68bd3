/** Why the server did not start, in a sentence that says what to do. An unexpected error keeps its stack. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return `The server could not start: ${String(error)}`;
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use: stop what listens there, or set PORT (traffic) or WEB_UI_PORT (console) to a free one.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be opened by this user: set PORT or WEB_UI_PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL')
    return `HOST=${address} is no address of this machine: set HOST to 127.0.0.1, or to 0.0.0.0 with ALLOW_UNAUTHENTICATED=true.`;
  if (error.name === 'DatabaseStartError') return error.message;
  return `The server could not start. ${error.stack ?? error.message}`;
}
