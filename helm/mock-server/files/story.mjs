// What `helm test` runs, and anybody else may: makes a mock, calls it on the traffic port, deletes it, and is told 404 after.
//   TRAFFIC_URL=http://127.0.0.1:4000 CONSOLE_URL=http://127.0.0.1:4001 node story.mjs
// Signs in with ADMIN_EMAIL and ADMIN_PASSWORD where they are set. A replica may take 2 s to hear of another's change.
import { randomUUID } from 'node:crypto';

const { TRAFFIC_URL = 'http://127.0.0.1:4000', CONSOLE_URL = 'http://127.0.0.1:4001' } = process.env;
const { ADMIN_EMAIL, ADMIN_PASSWORD } = process.env;
const path = `/helm-test/${randomUUID()}`;

async function call(base, method, route, body, headers = {}) {
  const answer = await fetch(`${base}${route}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, text: await answer.text() };
}

function expectStatus(what, answer, ...wanted) {
  if (wanted.includes(answer.status)) return answer;
  throw new Error(`${what}: wanted ${wanted.join(' or ')}, got ${answer.status}\n${answer.text.slice(0, 500)}`);
}

/** All replicas must say so, and each call may reach another one: ten right answers in a row. */
async function waitUntil(what, isSo) {
  const end = Date.now() + 15_000;
  for (let right = 0; right < 10;) {
    right = (await isSo()) ? right + 1 : 0;
    if (Date.now() > end) throw new Error(`${what}: not so within 15 s`);
    if (right === 0) await new Promise(resolve => setTimeout(resolve, 200));
  }
}

async function signIn() {
  if (!ADMIN_EMAIL || !ADMIN_PASSWORD) return {};
  const body = { email: ADMIN_EMAIL, password: ADMIN_PASSWORD };
  const answer = expectStatus('Sign in', await call(CONSOLE_URL, 'POST', '/__admin/auth/login', body), 200, 201);
  return { authorization: `Bearer ${JSON.parse(answer.text).accessToken}` };
}

const headers = await signIn();
const mapping = {
  name: 'helm test',
  request: { method: 'GET', url: path },
  response: { status: 200, body: 'it works' },
};
const made = expectStatus('Make a mock', await call(CONSOLE_URL, 'POST', '/__admin/mappings', mapping, headers), 201);
const { id } = JSON.parse(made.text);
try {
  await waitUntil('The mock answers', async () => (await call(TRAFFIC_URL, 'GET', path)).text === 'it works');
} finally {
  expectStatus(
    'Delete the mock',
    await call(CONSOLE_URL, 'DELETE', `/__admin/mappings/${id}`, undefined, headers),
    200,
    204,
  );
}
await waitUntil('The mock is gone', async () => (await call(TRAFFIC_URL, 'GET', path)).status === 404);
console.log('A mock was made, answered and deleted.');
