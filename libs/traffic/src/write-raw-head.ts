import { type Socket } from 'node:net';

/** The head of a reply on a socket that Node's server has let go. Names and values were checked when they were read. */
export function writeRawHead(socket: Socket, status: number, statusMessage: string, headers: readonly string[]): void {
  let text = `HTTP/1.1 ${status} ${statusMessage}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.write(`${text}\r\n`, 'latin1');
}
