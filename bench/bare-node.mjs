// The floor: what node:http itself costs when it answers every request with the same 190 bytes.
import { createServer } from 'node:http';
import { REPLY_BODY } from './cases.mjs';

const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(REPLY_BODY) };

createServer((request, response) => {
  response.writeHead(200, headers);
  response.end(REPLY_BODY);
}).listen(Number(process.argv[2]), '127.0.0.1');
