import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What kind of place an address leads to. Only `public` is open to everyone. */
export type AddressKind =
  'public' | 'metadata' | 'loopback' | 'private' | 'link-local' | 'multicast' | 'unspecified' | 'reserved';

/** Where clouds hand out credentials: AWS, GCP and Azure share the first; ECS and EKS, Alibaba, Azure's wire server, Oracle, Tencent. */
const metadataAddresses = new Set(
  [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '169.254.0.23',
    '169.254.10.10',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fe80::a9fe:a9fe',
  ].map(text => ipaddr.parse(text).toNormalizedString()),
);

/** IPv6 ranges that carry an IPv4 address at a byte offset: a packet to them ends there. */
const embeddings: readonly { readonly range: [ipaddr.IPv6, number]; readonly offset: number }[] = [
  { range: ipaddr.IPv6.parseCIDR('::ffff:0:0/96'), offset: 12 }, // mapped, RFC 4291
  { range: ipaddr.IPv6.parseCIDR('::ffff:0:0:0/96'), offset: 12 }, // translated, RFC 6145
  { range: ipaddr.IPv6.parseCIDR('64:ff9b::/96'), offset: 12 }, // NAT64, RFC 6052
  { range: ipaddr.IPv6.parseCIDR('2002::/16'), offset: 2 }, // 6to4, RFC 3056
  { range: ipaddr.IPv6.parseCIDR('::/96'), offset: 12 }, // compatible, RFC 4291; `::` and `::1` are not
];

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Reads an IP address in its canonical notation, as DNS and sockets give it, and takes an embedded IPv4 address out of its wrapping.
 * Undefined for anything else, host names and `127.1` included: those are for a resolver.
 */
export function readAddress(text: string): Address | undefined {
  if (isIP(text) === 0) return undefined;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 ? unwrap(address) : address;
}

export function kindOf(address: Address): AddressKind {
  if (metadataAddresses.has(withoutZone(address))) return 'metadata';
  const range: string = address.range();
  switch (range) {
    case 'unicast':
      return address instanceof ipaddr.IPv4 || address.match(globalUnicast) ? 'public' : 'reserved';
    case 'loopback':
    case 'multicast':
    case 'unspecified':
      return range;
    case 'linkLocal':
      return 'link-local';
    case 'private':
    case 'uniqueLocal':
    case 'carrierGradeNat':
    case 'deprecatedSiteLocal':
      return 'private';
    default:
      return 'reserved';
  }
}

function unwrap(address: ipaddr.IPv6): Address {
  const bytes = address.toByteArray();
  // ISATAP (RFC 5214) marks the interface id of any prefix.
  if (bytes[8]! <= 2 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe)
    return new ipaddr.IPv4(bytes.slice(12));
  const upperBits = bytes.slice(0, 12).some(byte => byte !== 0);
  const isUnspecifiedOrLoopback =
    !upperBits && bytes[12] === 0 && bytes[13] === 0 && bytes[14] === 0 && bytes[15]! <= 1;
  if (isUnspecifiedOrLoopback) return address;
  const embedding = embeddings.find(({ range }) => address.match(range));
  return embedding === undefined ? address : new ipaddr.IPv4(bytes.slice(embedding.offset, embedding.offset + 4));
}

function withoutZone(address: Address): string {
  return address.toNormalizedString().replace(/%.*$/, '');
}
