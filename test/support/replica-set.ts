import { Agent } from 'node:http';
import { join } from 'node:path';
import { eventually } from './eventually';
import { call } from './http-call';
import { createTestDatabase } from './postgres';
import { createTestRedis } from './redis';
import { makeScratch } from './scratch';
import { startServer, type ServerEnv, type TestServer } from './server';

/** Several replicas on one database and one Redis of their own. */
export interface ReplicaSet {
  readonly servers: readonly TestServer[];
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Keeps connections, as a load balancer does. */
  readonly agent: Agent;
  /** Imports mocks by the first replica, and waits until all serve them. */
  load(...mappings: object[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startReplicas(
  count: number,
  envOf: (place: number) => ServerEnv = () => ({}),
): Promise<ReplicaSet> {
  const [database, redis, scratch] = await Promise.all([createTestDatabase(), createTestRedis(), makeScratch()]);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const servers: TestServer[] = [];
  const stop = async (): Promise<void> => {
    agent.destroy();
    await Promise.all(servers.map(server => server.stop()));
    await Promise.all([database.drop(), redis.drop(), scratch.remove()]);
  };
  try {
    for (let i = 0; i < count; i++)
      servers.push(
        await startServer({
          DATABASE_URL: database.url,
          REDIS_URL: redis.url,
          DATA_DIR: join(scratch.folder, String(i)),
          ...envOf(i),
        }),
      );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    databaseUrl: database.url,
    redisUrl: redis.url,
    agent,
    load: async (...mappings) => {
      const path = `/ready-${Math.random()}`;
      const all = [...mappings, { request: { urlPath: path }, response: { status: 204 } }];
      await call(servers[0]!.url, 'POST /__admin/mappings/import', { body: { mappings: all } });
      for (const { url } of servers) await eventually(async () => (await call(url, `GET ${path}`)).status === 204);
    },
    stop,
  };
}
