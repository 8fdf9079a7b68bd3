import { type ServerResponse } from 'node:http';

interface Head {
  readonly status: number;
  /** Undefined: the standard phrase of the status. */
  readonly statusMessage?: string | undefined;
  readonly headers: readonly string[];
}

/** Has Node write the head of a reply: it checks each header, and frames the message. */
export function writeNodeHead(outgoing: ServerResponse, { status, statusMessage, headers }: Head): void {
  if (statusMessage === undefined) outgoing.writeHead(status, headers as string[]);
  else outgoing.writeHead(status, statusMessage, headers as string[]);
}
