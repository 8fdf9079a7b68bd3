// The load tool: wrk where it is installed, else autocannon. Both keep 32 connections busy from one thread.
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { removeFolder, scratchFolder } from './servers.mjs';

const CONNECTIONS = 32;
const script = join(dirname(fileURLToPath(import.meta.url)), 'requests.lua');
const run = promisify(execFile);

const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

export const loadTool = hasWrk ? 'wrk' : 'autocannon';
export const loadToolSettings = `${loadTool}, 1 thread, ${CONNECTIONS} connections`;

/**
 * Sends `requests` in turn for `seconds`, over 32 connections or as many as `connections` says, and resolves to
 * { requests, seconds, p50Ms, p99Ms, failed, from400 }: `failed` got no answer, `from400` an answer of 400 or above.
 */
export const putUnderLoad = hasWrk ? loadByWrk : loadByAutocannon;

async function loadByWrk({ port, requests, seconds, connections = CONNECTIONS }) {
  const folder = scratchFolder();
  try {
    const file = join(folder, 'requests');
    writeFileSync(file, requests.map(request => withLength(onTheWire(request, port))).join(''));
    const { stdout } = await run('wrk', [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script],
      ...[`http://127.0.0.1:${port}`, '--', file],
    ]);
    return JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
  } finally {
    removeFolder(folder);
  }
}

/** The bytes of a request, as text. */
export function onTheWire({ method, path, body }, port) {
  const head = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`];
  if (body !== undefined) head.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

const withLength = text => `${Buffer.byteLength(text)}\n${text}`;

async function loadByAutocannon({ port, requests, seconds, connections = CONNECTIONS }) {
  const { default: autocannon } = await import('autocannon');
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    requests: requests.map(({ method, path, body }) => ({
      method,
      path,
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
    })),
  });
  return {
    requests: result.requests.total,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failed: result.errors,
    from400: result['4xx'] + result['5xx'],
  };
}
