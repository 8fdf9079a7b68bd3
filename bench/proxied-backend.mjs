// What proxies stand before: 190 bytes of JSON, or, at /stream, as many bytes as asked for.
import { createServer } from 'node:http';
import { REPLY_BODY } from './cases.mjs';

const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(REPLY_BODY) };
const chunk = Buffer.alloc(65_536, 'x');

createServer((request, response) => {
  if (request.url.startsWith('/stream/')) return stream(response, Number(request.url.slice('/stream/'.length)));
  response.writeHead(200, headers);
  response.end(REPLY_BODY);
}).listen(Number(process.argv[2]), '127.0.0.1');

function stream(response, bytes) {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes });
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) return response.once('drain', more);
    }
    response.end();
  };
  more();
}
