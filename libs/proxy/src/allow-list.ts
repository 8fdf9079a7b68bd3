import ipaddr from 'ipaddr.js';
import { type Address, readAddress } from './address';

/** One entry of OUTBOUND_ALLOW. */
type AllowRule =
  | { readonly kind: 'host'; readonly host: string; readonly port: number | undefined }
  | { readonly kind: 'range'; readonly range: readonly [Address, number] };

/** What outbound calls may reach although the general rules refuse it: hosts, host:port pairs and CIDR ranges. */
export class AllowList {
  private readonly rules: readonly AllowRule[];
  /** Entries that mean nothing; they allow nothing. */
  readonly unreadable: readonly string[];

  constructor(entries: readonly string[]) {
    const read = entries.map(entry => ({ entry, rule: readRule(entry) }));
    this.rules = read.flatMap(({ rule }) => rule ?? []);
    this.unreadable = read.filter(({ rule }) => rule === undefined).map(({ entry }) => entry);
  }

  allowsAddress(host: string, port: number, address: Address): boolean {
    return this.rules.some(rule => {
      if (rule.kind === 'range') return isWithin(address, rule.range);
      return isSameHost(rule.host, host, address) && (rule.port === undefined || rule.port === port);
    });
  }

  /** Only an entry that names the port opens a port that is refused otherwise. */
  allowsPort(host: string, port: number): boolean {
    const address = readAddress(host);
    return this.rules.some(rule => rule.kind === 'host' && rule.port === port && isSameHost(rule.host, host, address));
  }
}

/** Host names compare without case and without the root's dot; IPv6 without brackets. */
export function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function readRule(entry: string): AllowRule | undefined {
  if (entry.includes('/'))
    return ipaddr.isValidCIDR(entry) ? { kind: 'range', range: ipaddr.parseCIDR(entry) } : undefined;
  if (readAddress(entry) !== undefined) return { kind: 'host', host: normalizeHost(entry), port: undefined };
  const parts = /^(\[[^\]]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(entry);
  if (parts?.[1] === undefined) return undefined;
  const port = parts[2] === undefined ? undefined : Number(parts[2]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const host = normalizeHost(parts[1]);
  const isLiteral = parts[1].startsWith('[');
  if (isLiteral ? readAddress(host) === undefined : !/^[a-z0-9_.-]+$/.test(host)) return undefined;
  return { kind: 'host', host, port };
}

function isSameHost(allowed: string, host: string, address: Address | undefined): boolean {
  if (allowed === host) return true;
  const allowedAddress = readAddress(allowed);
  return (
    allowedAddress !== undefined &&
    address !== undefined &&
    allowedAddress.toNormalizedString() === address.toNormalizedString()
  );
}

function isWithin(address: Address, [base, bits]: readonly [Address, number]): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
