import { type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type FaultKind } from '@mock-server/engine';
import { endAndLinger } from './write-reply';

/** No status line and no chunk size: whoever reads it knows at the first byte that it is not HTTP. */
const garbage = 'zq~}7#kx|\\w3[;u$0^j{n%5/p*=v&-)>r';
const malformedReply = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${garbage}`;

/** Does to the connection of one call what the fault says, once the answers to the calls before it are out. */
export function breakConnection(outgoing: ServerResponse, fault: FaultKind): void {
  if (outgoing.destroyed) return;
  if (outgoing.socket === null) outgoing.once('socket', socket => strike(socket as Socket, fault));
  else strike(outgoing.socket, fault);
}

function strike(socket: Socket, fault: FaultKind): void {
  switch (fault) {
    case 'EMPTY_RESPONSE':
      return endAndLinger(socket);
    case 'RANDOM_DATA_THEN_CLOSE':
      socket.write(garbage);
      return endAndLinger(socket);
    case 'MALFORMED_RESPONSE_CHUNK':
      socket.write(malformedReply);
      return endAndLinger(socket);
    case 'CONNECTION_RESET_BY_PEER':
      // A reset throws away what is not sent yet, which may be the end of the answer before.
      return void socket.write('', () => socket.resetAndDestroy());
    default:
      return fault satisfies never;
  }
}
