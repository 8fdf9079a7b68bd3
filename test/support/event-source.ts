import { request, type IncomingMessage } from 'node:http';

export interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  readonly data: any;
}

/** A client of server-sent events that can also stop reading. */
export interface EventSource {
  readonly incoming: IncomingMessage;
  readonly events: readonly SentEvent[];
  /** Whether the server has ended the stream. */
  readonly ended: () => boolean;
  close(): void;
}

export async function openEvents(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventSource> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers, agent: false }, resolve).on('error', reject).end();
  });
  const events: SentEvent[] = [];
  let text = '';
  let isEnded = false;
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) if (block.includes('event: ')) events.push(readBlock(block));
  });
  incoming.on('error', () => undefined);
  incoming.on('end', () => (isEnded = true));
  return { incoming, events, ended: () => isEnded, close: () => incoming.destroy() };
}

function readBlock(block: string): SentEvent {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find(line => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  return { event: field('event') ?? 'message', id: field('id'), data: JSON.parse(field('data') ?? 'null') };
}
