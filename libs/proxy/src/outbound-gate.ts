import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { type LookupFunction, type Socket } from 'node:net';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { buildConnector, Pool } from 'undici';
import { type Address, kindOf, readAddress } from './address';
import { type TlsOptions } from './backend-tls';
import { AllowList, normalizeHost } from './allow-list';
import { OutboundRefused } from './outbound-refused';
import { refusedPorts } from './refused-ports';

/** Injection token: replaces the system's resolver, which tests do. */
export const OUTBOUND_LOOKUP = Symbol('OUTBOUND_LOOKUP');

/** A place an administrator has named, such as a workspace's backend: private addresses and odd ports are no obstacle there. */
export interface TrustedTarget {
  readonly host: string;
  readonly port: number;
}

/** A destination that passed the rules on its URL. Its addresses are checked at each connect. */
export interface OutboundTarget {
  readonly origin: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of the URL, without a slash at its end. */
  readonly basePath: string;
  readonly isTrusted: boolean;
}

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly maxConnections: number;
  readonly http2: boolean;
  readonly tls: TlsOptions;
}

export type OutboundDecision =
  | { readonly allowed: true; readonly target: OutboundTarget }
  | { readonly allowed: false; readonly refused: OutboundRefused };

const maxReplyHeaderBytes = 32_768;

/** The place that a workspace's backend is at. */
export function trustedBackend(backendUrl: string | undefined): TrustedTarget | undefined {
  if (backendUrl === undefined || !URL.canParse(backendUrl)) return undefined;
  const { hostname, port, protocol } = new URL(backendUrl);
  return { host: hostname, port: port !== '' ? Number(port) : protocol === 'https:' ? 443 : 80 };
}

/**
 * THE one way out. `decide` checks a URL; `open` gives connections that check every address they are about to connect to, after DNS.
 * Nothing else in the product opens outbound connections for users. No redirect is followed; HTTP_PROXY is not looked at.
 */
@Injectable()
export class OutboundGate {
  private readonly allowList: AllowList;
  /** On a developer's own machine the backend is usually next door. */
  private readonly allowsLoopback: boolean;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Optional() @Inject(OUTBOUND_LOOKUP) private readonly resolve: LookupFunction = systemLookup,
  ) {
    this.allowList = new AllowList(config.outboundAllow);
    const host = readAddress(normalizeHost(config.host));
    this.allowsLoopback =
      config.auth === 'off' &&
      (host === undefined ? normalizeHost(config.host) === 'localhost' : kindOf(host) === 'loopback');
    if (this.allowList.unreadable.length > 0) {
      new Logger('OutboundGate').warn({
        message: 'Entries of OUTBOUND_ALLOW that are no host, host:port or CIDR range allow nothing',
        entries: this.allowList.unreadable,
      });
    }
  }

  /** Judges a URL before any connection. A name's addresses are judged when they are known: at each connect. */
  decide(url: string, trusted?: TrustedTarget): OutboundDecision {
    // URL parsers drop tabs and newlines, turn backslashes around and disagree on what ends a host: nobody needs these.
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u0020\u007f\\#]/.test(url) || !URL.canParse(url))
      return refuse('url', 'This is not a URL that can be called: use http://host[:port]/path.');
    const { protocol, username, password, hostname, port: givenPort, origin, pathname } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:')
      return refuse('scheme', `Only http and https can be called, not ${protocol.slice(0, 32)}`);
    if (username !== '' || password !== '')
      return refuse(
        'credentials',
        'A URL with a user or password in it is not called: send an Authorization header instead.',
      );
    const host = normalizeHost(hostname);
    const port = givenPort !== '' ? Number(givenPort) : protocol === 'https:' ? 443 : 80;
    const isTrusted = trusted !== undefined && normalizeHost(trusted.host) === host && trusted.port === port;
    const target: OutboundTarget = { origin, host, port, basePath: pathname.replace(/\/$/, ''), isTrusted };
    if (!isTrusted && refusedPorts.has(port) && !this.allowList.allowsPort(host, port)) {
      return refuse('port', `Port ${port} is not called: web APIs do not listen there.`, hostAndPort(target));
    }
    const address = readAddress(host);
    const refused = address === undefined ? undefined : this.judge(address, target);
    return refused === undefined ? { allowed: true, target } : { allowed: false, refused };
  }

  /** Connections to a target that {@link decide} allowed. The caller closes them. */
  open(target: OutboundTarget, options: ConnectionOptions): Pool {
    return new Pool(target.origin, {
      connect: this.connector(target, options),
      connections: options.maxConnections,
      pipelining: 1,
      allowH2: options.http2,
      headersTimeout: options.responseTimeoutMs,
      bodyTimeout: options.responseTimeoutMs,
      maxHeaderSize: maxReplyHeaderBytes,
    });
  }

  private connector(
    target: OutboundTarget,
    { connectTimeoutMs, http2, tls }: ConnectionOptions,
  ): buildConnector.connector {
    const connect = buildConnector({
      ...tls,
      allowH2: http2,
      timeout: connectTimeoutMs,
      lookup: this.guardedLookup(target),
      autoSelectFamily: true,
    });
    return (options, callback) => {
      const literal = readAddress(normalizeHost(options.hostname)); // a literal skips the lookup
      const refused = literal === undefined ? undefined : this.judge(literal, target);
      if (refused !== undefined) {
        callback(refused, null);
        return;
      }
      // undici's type hides it, but the connector returns the socket.
      const socket = connect(options, (error, connected) =>
        error === null ? callback(null, connected) : callback(error, null),
      ) as unknown as Socket;
      socket.prependOnceListener('connect', () => {
        const refused = this.judgeConnected(socket.remoteAddress, target);
        if (refused !== undefined) socket.destroy(refused);
      });
      socket.on('error', markReset);
    };
  }

  /** Resolves as usual, and hands on only the addresses that may be connected to. */
  private guardedLookup(target: OutboundTarget): LookupFunction {
    return (hostname, options, callback) => {
      this.resolve(hostname, { ...options, all: true }, (error, found, family) => {
        if (error) return callback(error, '', 0);
        const addresses: LookupAddress[] =
          typeof found === 'string' ? [{ address: found, family: family ?? 4 }] : found;
        const judged = addresses.map(entry => ({ entry, refused: this.judgeConnected(entry.address, target) }));
        const allowed = judged.filter(({ refused }) => refused === undefined).map(({ entry }) => entry);
        const first = allowed[0];
        if (first === undefined) {
          const notFound = Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
          return callback(judged[0]?.refused ?? notFound, '', 0);
        }
        if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }

  private judgeConnected(text: string | undefined, target: OutboundTarget): OutboundRefused | undefined {
    if (text === undefined) return undefined; // gone again
    const address = readAddress(text);
    return address === undefined
      ? new OutboundRefused({ rule: 'address', reason: `${target.host} leads to something that is not an IP address.` })
      : this.judge(address, target);
  }

  private judge(address: Address, target: OutboundTarget): OutboundRefused | undefined {
    const kind = kindOf(address);
    if (kind === 'metadata')
      return new OutboundRefused({
        rule: 'metadata',
        reason: `${target.host} is a cloud metadata address, which is never called.`,
      });
    if (kind === 'public' || target.isTrusted) return undefined;
    if (kind === 'loopback' && this.allowsLoopback) return undefined;
    if (this.allowList.allowsAddress(target.host, target.port, address)) return undefined;
    return new OutboundRefused({
      rule: 'address',
      reason: `${target.host} leads to a ${kind} address.`,
      allowWith: hostAndPort(target),
    });
  }
}

/**
 * undici takes a reset in the middle of a body that ends with the connection for its end, and a part would pass for the whole.
 * It knows a reset by its code alone.
 */
function markReset(error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') error.code = 'BACKEND_RESET';
}

function hostAndPort({ host, port }: OutboundTarget): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function refuse(rule: OutboundRefused['rule'], reason: string, allowWith?: string): OutboundDecision {
  return {
    allowed: false,
    refused: new OutboundRefused({ rule, reason, ...(allowWith === undefined ? {} : { allowWith }) }),
  };
}
