import { z } from 'zod';
import { type LogSink, openSink } from './log-sink';

const index = 'mock-server-logs';
const requestTimeoutMs = 10_000;
const maxBatchLines = 500;
const maxReplyChars = 1_000_000;
const action = `{"create":{"_index":"${index}"}}`;

/** What of a bulk reply is asked for: a status an entry. */
const bulkReply = z.object({
  items: z.array(z.object({ create: z.object({ status: z.number() }) })),
});

/**
 * Sends log lines to Elasticsearch's bulk API. While it is down or slow they wait, within bounds, and the oldest are dropped and
 * counted. An entry that it refuses for what is in it is dropped alone; one that it has no room for is sent again later.
 */
export function openElasticsearch({
  url,
  onChange,
}: {
  readonly url: string;
  readonly onChange: (sentence: string) => void;
}): LogSink {
  const { target, headers } = addressOf(url);
  let maxLines = maxBatchLines;
  return openSink({
    name: 'elasticsearch',
    maxWaitingBytes: 8 * 1024 * 1024,
    batch: {
      get maxLines() {
        return maxLines;
      },
      maxBytes: 2 * 1024 * 1024,
    },
    gatherMs: 1_000,
    retry: { minMs: 1_000, maxMs: 30_000 },
    onChange,
    write: async lines => {
      const body = lines.map(line => `${action}\n${atTimestamp(line)}\n`).join('');
      const signal = AbortSignal.timeout(requestTimeoutMs);
      const answer = await fetch(target, { method: 'POST', headers, body, signal, redirect: 'error' });
      const text = await readText(answer);
      if (answer.status === 413 && lines.length > 1) {
        maxLines = Math.ceil(lines.length / 2);
        return { again: lines, lost: 0 };
      }
      if (answer.status === 413) return { again: [], lost: 1 };
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
      maxLines = Math.min(maxBatchLines, maxLines + 10);
      return sortOut(lines, text);
    },
  });
}

function sortOut(lines: readonly string[], text: string): { again: string[]; lost: number } {
  const { items } = bulkReply.parse(JSON.parse(text));
  const statusOf = (position: number): number => items[position]?.create.status ?? 503;
  const isLater = (status: number): boolean => status === 429 || status >= 500;
  return {
    again: lines.filter((_, position) => isLater(statusOf(position))),
    lost: lines.filter((_, position) => statusOf(position) >= 400 && !isLater(statusOf(position))).length,
  };
}

/** A status an entry is short; whoever answers more is not Elasticsearch. */
async function readText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const chunks = answer.body as AsyncIterable<Uint8Array> | null;
  if (chunks === null) return text;
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxReplyChars) throw new Error('its answer is too long');
  }
  return text;
}

/** Kibana and data streams look for `@timestamp`. */
function atTimestamp(line: string): string {
  const { timestamp, ...entry } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({ '@timestamp': timestamp, ...entry });
}

function addressOf(url: string): { target: string; headers: Record<string, string> } {
  const { username, password, origin, pathname } = new URL(url);
  const target = `${origin}${pathname.replace(/\/$/, '')}/_bulk?filter_path=items.*.status`;
  const headers = { 'content-type': 'application/x-ndjson' };
  if (username === '' && password === '') return { target, headers };
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { target, headers: { ...headers, authorization: `Basic ${credentials}` } };
}
