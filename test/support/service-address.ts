const usualPorts: Readonly<Record<string, number>> = { 'postgresql:': 5_432, 'postgres:': 5_432, 'redis:': 6_379 };

/** Where the service of a URL listens. */
export function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) || usualPorts[protocol]! };
}

/** The same service, reached through a port of this machine. */
export function throughPort(url: string, port: number): string {
  const led = new URL(url);
  led.hostname = '127.0.0.1';
  led.port = String(port);
  return led.href;
}
