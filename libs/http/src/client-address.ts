import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** Reads the address of a client behind proxies that are trusted; with none it is the address of the connection. */
export class ClientAddresses {
  private readonly trusted = new BlockList();
  private readonly trustsNobody: boolean;

  constructor(trustedProxies: readonly string[]) {
    this.trustsNobody = trustedProxies.length === 0;
    for (const entry of trustedProxies) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.trusted.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
    }
  }

  /** The last address of X-Forwarded-For that no trusted proxy has: what stands before it anyone may have written. */
  of(request: IncomingMessage): string {
    const direct = plain(request.socket.remoteAddress ?? 'unknown');
    if (this.trustsNobody || !this.isTrusted(direct)) return direct;
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').slice(-20);
    for (const entry of forwarded.reverse()) {
      const address = plain(entry.trim());
      if (isIP(address) === 0) return direct;
      if (!this.isTrusted(address)) return address;
    }
    return direct;
  }

  private isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 client on a socket that takes both. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
