import { EventEmitter, once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { aBackend, aClient, answered, aRequest, bytesOf, closeAll, standsStill, until } from './spec-backends';

afterEach(closeAll);

describe('a client that leaves', () => {
  it('ends the call to the backend, before and in the reply', async () => {
    const gone: string[] = [];
    const started = new EventEmitter();
    const backendUrl = await aBackend((request, response) => {
      request.socket.once('close', () => gone.push(request.url ?? ''));
      if (request.url === '/body') response.write('part');
      started.emit('request');
    });
    const client = aClient();
    const waiting = new AbortController();
    const arrived = once(started, 'request');
    const result = client.forward(aRequest({ backendUrl, url: '/head', signal: waiting.signal }));
    await arrived;
    waiting.abort();
    expect(await result).toMatchObject({ kind: 'failed', problem: 'bad-request' });
    const reading = new AbortController();
    const reply = await answered(client, aRequest({ backendUrl, url: '/body', signal: reading.signal }));
    reading.abort();
    await expect(bytesOf(reply.body)).rejects.toMatchObject({ code: 'CLIENT_GONE' });
    const unwanted = await answered(client, aRequest({ backendUrl, url: '/body' }));
    unwanted.body.destroy();
    await until(() => gone.length === 3);
    expect(gone.sort()).toEqual(['/body', '/body', '/head']);
  });

  it('in the middle of its own body ends the call too', async () => {
    let isClosed = false;
    let hasBegun = false;
    const backendUrl = await aBackend(request => {
      hasBegun = true;
      request
        .on('error', () => undefined)
        .resume()
        .once('close', () => (isClosed = true));
    });
    const body = new Readable({ read: () => undefined });
    body.push('part');
    const result = aClient().forward(
      aRequest({ backendUrl, method: 'POST', rawHeaders: ['Content-Length', '100'], body }),
    );
    await until(() => hasBegun);
    body.on('error', () => undefined).destroy(new Error('aborted'));
    expect(await result).toMatchObject({ kind: 'failed', problem: 'bad-request' });
    await until(() => isClosed);
  });

  it('gives its place up at once when it was only waiting', async () => {
    const held: ServerResponse[] = [];
    const backendUrl = await aBackend((_request, response) => void held.push(response));
    const client = aClient({ proxy: { maxConnections: 1 } });
    const first = client.forward(aRequest({ backendUrl }));
    const waiter = new AbortController();
    const second = client.forward(aRequest({ backendUrl, signal: waiter.signal }));
    waiter.abort();
    expect(await second).toMatchObject({ kind: 'failed' });
    await until(() => held.length === 1);
    held[0]?.end('one');
    const reply = await first;
    expect(reply.kind === 'answered' && String(await bytesOf(reply.body))).toBe('one');
  });
});

describe('connections to a backend', () => {
  it('are limited; some calls wait their turn, the others hear that it is busy', async () => {
    const held: ServerResponse[] = [];
    const backendUrl = await aBackend((_request, response) => void held.push(response));
    const client = aClient({ proxy: { maxConnections: 2 } });
    const calls = Array.from({ length: 9 }, () => client.forward(aRequest({ backendUrl })));
    // Two run, four wait.
    expect(await Promise.all(calls.slice(6))).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ problem: 'overloaded' })),
    );
    for (let pair = 0; pair < 6; pair += 2) {
      await until(() => held.length >= 2);
      expect(await standsStill(() => held.length)).toBe(2);
      for (const response of held.splice(0)) response.end('ok');
      for (const reply of await Promise.all(calls.slice(pair, pair + 2))) {
        expect(reply.kind === 'answered' && String(await bytesOf(reply.body))).toBe('ok');
      }
    }
  });

  it('are used again', async () => {
    const ports = new Set<number | undefined>();
    const backendUrl = await aBackend((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    const client = aClient();
    for (let i = 0; i < 20; i++) await bytesOf((await answered(client, aRequest({ backendUrl }))).body);
    expect(ports.size).toBeLessThanOrEqual(2); // undici lets a connection rest for a turn of the loop
  });
});
