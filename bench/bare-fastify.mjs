// A good framework with one route for everything and the same reply.
import Fastify from 'fastify';
import { REPLY_BODY } from './cases.mjs';

const app = Fastify();
app.get('/*', (request, reply) => reply.type('application/json').send(REPLY_BODY));
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
