/** Fields that concern one connection only and are never passed on (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Framing and addressing are not a sender's to switch off, whatever its Connection field names. */
const neverNamed: ReadonlySet<string> = new Set(['content-length', 'host']);

/** Which fields of a message end here: the known ones, and each that its Connection fields name. */
export function hopByHopOf(rawHeaders: readonly string[]): (lowerCaseName: string) => boolean {
  let named: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length !== 10 || rawHeaders[i]!.toLowerCase() !== 'connection') continue;
    for (const option of rawHeaders[i + 1]!.split(',')) {
      const name = option.trim().toLowerCase();
      if (!neverNamed.has(name)) (named ??= new Set()).add(name);
    }
  }
  return name => hopByHop.has(name) || (named !== undefined && named.has(name));
}
