// The proxy that most Node projects take, with connections to the backend kept open.
import { Agent } from 'node:http';
import { createProxyServer } from 'http-proxy-3';

const agent = new Agent({ keepAlive: true, maxSockets: 100 });
createProxyServer({ target: `http://127.0.0.1:${process.argv[3]}`, agent }).listen(
  Number(process.argv[2]),
  '127.0.0.1',
);
