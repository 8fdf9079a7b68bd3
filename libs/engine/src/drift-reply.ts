import { type Drift, type DriftOptions } from './drift';
import { compareHeaders } from './drift-headers';
import { compareJson } from './drift-json';
import { readJson, type JsonReading } from './json-value';

/** An answer as it went over the wire, without its Content-Encoding. */
export interface WholeAnswer {
  readonly status: number;
  /** Name, value, name, value, …. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** Where a backend's answer differs in structure from what a mock answers: status, headers that matter, shape of the JSON. */
export function compareReplies(mock: WholeAnswer, backend: WholeAnswer, options: DriftOptions = {}): Drift[] {
  const status: Drift[] =
    mock.status === backend.status
      ? []
      : [
          {
            kind: 'status',
            path: '',
            mock: String(mock.status),
            backend: String(backend.status),
            message: `is ${backend.status}, not ${mock.status}`,
          },
        ];
  return [
    ...status,
    ...compareHeaders(mock.headers, backend.headers, options.ignoredHeaders),
    ...compareBodies(mock.body, backend.body, options),
  ];
}

function compareBodies(mock: Uint8Array, backend: Uint8Array, options: DriftOptions): Drift[] {
  const [was, is] = [jsonOf(mock), jsonOf(backend)];
  if (was.isJson && is.isJson) return compareJson(was.value, is.value, options);
  const [before, after] = [kindOf(mock, was), kindOf(backend, is)];
  if (before === after) return [];
  return [{ kind: 'body', path: '', mock: before, backend: after, message: `is ${after}, not ${before}` }];
}

function kindOf(bytes: Uint8Array, reading: JsonReading): string {
  return bytes.length === 0 ? 'empty' : reading.isJson ? 'JSON' : 'no JSON';
}

/** A number or a word alone is JSON by chance. */
export function jsonOf(bytes: Uint8Array): JsonReading {
  const reading = readJson(new TextDecoder('utf-8').decode(bytes));
  return reading.isJson && typeof reading.value === 'object' ? reading : { isJson: false };
}
