// What memory a replica takes: `node bench/memory.mjs`, after `npm run build`. By mocks, by workspaces, and by a full journal. Each on
// SQLite and on a server that was started anew with what it holds, after some thousand hits, as it would be the day after.
import { importMocks } from './import-mocks.mjs';
import { caseOf, mocksOf } from './cases.mjs';
import { putUnderPacedLoad } from './paced-load.mjs';
import { peakResidentMbOf, residentMbOf, untilIdle } from './process-figures.mjs';
import { startOurServer } from './our-server.mjs';

const SIZES = [100, 1_000, 10_000, 100_000];
const WORKSPACES = 999; // with the default one the most there can be
const PER_SECOND = 2_000;
const say = (what, { server }) =>
  console.log(
    `${what}: ${residentMbOf(server.pid).toFixed(0)} MB resident, ${peakResidentMbOf(server.pid).toFixed(0)} MB at most`,
  );

/** Without a journal, which is measured by itself. */
const withoutJournal = { JOURNAL_MAX_ENTRIES: '0' };

async function withServer(env, work) {
  const ours = await startOurServer(env);
  try {
    await work(ours);
  } finally {
    await ours.close();
  }
}

async function ask({ port }, requests, seconds) {
  const { wrong } = await putUnderPacedLoad({ port, requests, perSecond: PER_SECOND, seconds });
  if (wrong > 0) throw new Error(`${wrong} requests were answered wrongly`);
}

async function post({ port }, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

for (const size of SIZES)
  await withServer(withoutJournal, async ours => {
    const { kind, requests } = caseOf('static', size);
    await importMocks(ours.port, mocksOf({ kind, size }));
    await untilIdle(ours.server.pid);
    say(`${size} mocks, just imported`, ours);
    await ours.restart();
    await ask(ours, requests, 5);
    await untilIdle(ours.server.pid);
    say(`${size} mocks, started with them in ${Math.round(ours.server.startMs)} ms`, ours);
  });

await withServer(withoutJournal, async ours => {
  for (let index = 0; index < WORKSPACES; index++) {
    await post(ours, '/__admin/workspaces', { slug: `team-${index}`, name: `Team ${index}` });
    for (let mock = 0; mock < 10; mock++)
      await post(ours, `/__w/team-${index}/__admin/mappings`, {
        request: { url: `/hello/${mock}` },
        response: { body: 'hi' },
      });
  }
  await ours.restart();
  const requests = Array.from({ length: WORKSPACES }, (_, index) => ({
    method: 'GET',
    path: `/__w/team-${index}/hello/1`,
  }));
  await ask(ours, requests, 5);
  await untilIdle(ours.server.pid);
  say(`${WORKSPACES} workspaces of 10 mocks`, ours);
});

for (const [what, body] of [
  ['empty bodies', undefined],
  ['bodies of 10 KB', 'x'.repeat(10_000)],
])
  await withServer({}, async ours => {
    await importMocks(ours.port, mocksOf({ kind: 'paths', size: 100 }));
    await post(ours, '/__admin/mappings', { request: { urlPath: '/take' }, response: { body: 'taken' } });
    await ask(
      ours,
      [body === undefined ? { method: 'GET', path: '/take' } : { method: 'POST', path: '/take', body }],
      20,
    );
    await untilIdle(ours.server.pid);
    const { meta } = await (await fetch(`http://127.0.0.1:${ours.port}/__admin/requests?limit=1`)).json();
    say(`100 mocks, a journal of ${meta.total} entries with ${what}`, ours);
  });
