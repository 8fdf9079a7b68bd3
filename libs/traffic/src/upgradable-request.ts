import { IncomingMessage } from 'node:http';

/**
 * A request for another protocol counts as one only if it asks for a WebSocket: all else, such as the h2c that Java's HTTP client asks
 * for each time, is served as HTTP/1.1, which a server may do (RFC 9110, 7.8). Node 20 decides for all requests alike, by whether
 * anybody listens to `upgrade`; but it looks at this property first.
 */
export class UpgradableRequest extends IncomingMessage {
  private wantsUpgrade?: boolean;

  get upgrade(): boolean {
    return this.wantsUpgrade === true && (this.method === 'CONNECT' || asksForWebSocket(this.rawHeaders));
  }

  set upgrade(wanted: boolean | null) {
    if (wanted === true) this.wantsUpgrade = true;
  }
}

function asksForWebSocket(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === 'upgrade') return rawHeaders[i + 1]!.toLowerCase() === 'websocket';
  return false;
}
