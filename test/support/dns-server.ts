import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns';
import { type LookupFunction } from 'node:net';

/** What a name resolves to: addresses, after as many other names (CNAME) as are given. */
export interface DnsAnswer {
  readonly aliases?: readonly string[];
  readonly addresses: readonly string[];
}

export interface DnsServer {
  /** Asks this server, for what `dns.lookup` would ask the system's. */
  readonly lookup: LookupFunction;
  /** Names that were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A DNS server (RFC 1035) for A records with TTL 0, over UDP. `answer` is called for each question. */
export async function startDnsServer(answer: (name: string) => DnsAnswer | undefined): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { name, end } = readName(message, 12);
    asked.push(name);
    socket.send(makeReply(message.subarray(0, end + 4), name, answer(name)), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    asked,
    lookup: (hostname, _options, callback) =>
      resolver.resolve4(hostname, (error, addresses) =>
        error === null
          ? callback(
              null,
              addresses.map(address => ({ address, family: 4 })),
            )
          : callback(error, []),
      ),
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map(label => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

const types = { A: 1, CNAME: 5 };

function record(name: string, type: keyof typeof types, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10); // class and length beside; the TTL in between is 0
  fixed.writeUInt16BE(types[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

function makeReply(question: Buffer, name: string, answer: DnsAnswer | undefined): Buffer {
  const chain = [name, ...(answer?.aliases ?? [])];
  const last = chain.at(-1)!;
  const records = [
    ...chain.slice(1).map((alias, i) => record(chain[i]!, 'CNAME', encodeName(alias))),
    ...(answer?.addresses ?? []).map(address => record(last, 'A', Buffer.from(address.split('.').map(Number)))),
  ];
  const head = Buffer.from(question);
  head.writeUInt16BE(answer === undefined ? 0x8183 : 0x8180, 2); // an answer; no such name, or no error
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}
