import { ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type TrafficRequest } from './traffic-request';

/** Lets a request that asked for another protocol be answered like any other. Node has let go of the socket: it ends with the answer. */
export function answerOnSocket(
  incoming: TrafficRequest,
  socket: Socket,
  answer: (incoming: TrafficRequest, outgoing: ServerResponse) => void,
): void {
  const outgoing = new ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket);
  outgoing.once('finish', () => socket.destroySoon());
  answer(incoming, outgoing);
}
