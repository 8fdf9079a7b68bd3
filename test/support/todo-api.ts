import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Sqlite } from '@mock-server/database';

/** A real REST API with a database of its own: login, a list that grows and shrinks, files small and large. */
export interface TodoApi {
  readonly url: string;
  /** Requests it has answered. */
  readonly calls: () => number;
  readonly password: string;
  close(): Promise<void>;
}

export async function startTodoApi(): Promise<TodoApi> {
  const database = new Sqlite(':memory:');
  database.exec('CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)');
  database.exec("INSERT INTO todos (title) VALUES ('Buy milk')");
  const tokens = new Set<string>();
  const password = `pw-${randomBytes(12).toString('hex')}`;
  const report = Buffer.concat(
    Array.from({ length: 3_000 }, (_, i) => createHash('sha512').update(String(i)).digest()),
  );
  const archive = Buffer.concat(Array.from({ length: 10 }, () => report));
  let calls = 0;

  const server = createServer((incoming, outgoing) => {
    calls++;
    const json = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      outgoing.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      outgoing.end(JSON.stringify(value));
    };
    const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    const path = incoming.url ?? '/';
    void textOf(incoming).then(text => {
      if (path === '/login') {
        if ((JSON.parse(text) as { password: string }).password !== password) return json(403, { error: 'wrong' });
        const made = randomBytes(24).toString('base64url');
        tokens.add(made);
        return json(
          200,
          { token: made, expiresIn: 3_600 },
          { 'Set-Cookie': `sid=${randomBytes(16).toString('hex')}; HttpOnly` },
        );
      }
      if (!tokens.has(token)) return json(401, { error: 'sign in first' });
      if (path === '/todos' && incoming.method === 'POST') {
        const { title } = JSON.parse(text) as { title: string };
        const { lastInsertRowid: id } = database.prepare('INSERT INTO todos (title) VALUES (?)').run(title);
        return json(201, { id, title, done: 0 }, { Location: `/todos/${id}` });
      }
      if (path === '/todos') return json(200, database.prepare('SELECT * FROM todos ORDER BY id').all());
      if (path === '/report.bin' || path === '/archive.bin') {
        outgoing.writeHead(200, {
          'Content-Type': 'application/octet-stream',
          'Content-Disposition': `attachment; filename="${path.slice(1)}"`,
        });
        return void outgoing.end(path === '/report.bin' ? report : archive);
      }
      if (incoming.method === 'PATCH' || incoming.method === 'DELETE') {
        const statement =
          incoming.method === 'PATCH' ? 'UPDATE todos SET done = 1 WHERE id = ?' : 'DELETE FROM todos WHERE id = ?';
        const { changes } = database.prepare(statement).run(/^\/todos\/(\d+)$/.exec(path)?.[1]);
        return changes === 0 ? json(404, { error: `no ${path}` }) : void outgoing.writeHead(204).end();
      }
      const todo = database.prepare('SELECT * FROM todos WHERE id = ?').get(/^\/todos\/(\d+)$/.exec(path)?.[1]);
      return todo === undefined ? json(404, { error: `no ${path}` }) : json(200, todo);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    password,
    close: async () => {
      await closeServer(server);
      database.close();
    },
  };
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
