import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type FaultKind, type Pace } from '@mock-server/engine';
import { breakConnection } from './break-connection';
import { writePaced } from './write-paced';
import { writeReply, type WholeReply } from './write-reply';

/** How a reply reaches its client when not at once and whole. */
export type Delivery =
  | { readonly kind: 'fault'; readonly fault: FaultKind }
  | { readonly kind: 'paced'; readonly pace: Pace; readonly maxMs: number };

/** Writes a reply, or what comes in its place. */
export function deliver(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: WholeReply,
  delivery: Delivery | undefined,
): void | Promise<void> {
  switch (delivery?.kind) {
    case undefined:
      return writeReply(incoming, outgoing, reply);
    case 'paced':
      return writePaced(incoming, outgoing, reply, delivery);
    case 'fault':
      return breakConnection(outgoing, delivery.fault);
    default:
      return delivery satisfies never;
  }
}
