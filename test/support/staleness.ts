import { type Agent } from 'node:http';
import { call } from './http-call';
import { type TestServer } from './server';

interface Question {
  readonly writer: TestServer;
  readonly readers: readonly TestServer[];
  readonly changes: number;
  readonly agent: Agent;
  /** How many mocks are changed at the same time; each in a workspace of its own, whose changes follow one another. */
  readonly lanes?: number;
}

/** Changes mocks on one replica, one change after the other, and measures how long after its answer each shows on the others, in milliseconds. */
export async function stalenessOf({ writer, readers, changes, agent, lanes = 1 }: Question): Promise<{
  readonly byReplica: number[][];
  readonly tookMs: number;
}> {
  const byReplica: number[][] = readers.map(() => []);
  const beganAt = performance.now();
  const lane = async (number: number): Promise<void> => {
    const base = await makeWorkspace(writer, `lane-${process.pid}-${beganAt.toFixed(0)}-${number}`);
    const made = await call(writer.url, `POST ${base}/__admin/mappings`, { body: mapping(0), agent });
    const acknowledgedAt: number[] = [performance.now()];
    let isWriting = true;
    const reading = readers.map(async (reader, place) => {
      for (let seen = -1; ;) {
        const isLast = !isWriting;
        const { text } = await call(reader.url, `GET ${base}/value`, { agent });
        const at = performance.now();
        for (const now = /^\d+$/.test(text) ? Number(text) : -1; seen < now; seen++)
          byReplica[place]!.push(Math.max(0, at - (acknowledgedAt[seen + 1] ?? at)));
        if (seen >= Math.ceil(changes / lanes)) return;
        const oldest = acknowledgedAt[seen + 1];
        if (isLast && oldest !== undefined && at - oldest > 10_000)
          throw new Error(`Change ${seen + 1} does not show on ${reader.url}`);
        await new Promise(resolve => setTimeout(resolve, 5));
      }
    });
    for (let i = 1; i <= Math.ceil(changes / lanes); i++) {
      const { status } = await call(writer.url, `PUT ${base}/__admin/mappings/${made.json.id}`, {
        body: mapping(i),
        agent,
      });
      if (status !== 200) throw new Error(`Change ${i} was answered ${status}`);
      acknowledgedAt[i] = performance.now();
    }
    isWriting = false;
    await Promise.all(reading);
  };
  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)));
  return { byReplica, tookMs: performance.now() - beganAt };
}

async function makeWorkspace(writer: TestServer, slug: string): Promise<string> {
  const { status } = await call(writer.url, 'POST /__admin/workspaces', { body: { slug, name: slug } });
  if (status !== 201) throw new Error(`The workspace was answered ${status}`);
  return `/__w/${slug}`;
}

const mapping = (value: number): object => ({ request: { url: '/value' }, response: { body: String(value) } });
