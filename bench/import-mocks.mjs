// Loads mocks over the admin API that mock-server and WireMock share.

const MOCKS_PER_IMPORT = 5_000;

/**
 * Loads mocks, oldest first, and resolves to the milliseconds it took.
 * The first mock is posted alone, because an import puts the first mock of its list above those behind it.
 */
export async function importMocks(port, mocks) {
  const admin = `http://127.0.0.1:${port}/__admin`;
  const [oldest, ...rest] = mocks;
  const bodies = [];
  for (let first = 0; first < rest.length; first += MOCKS_PER_IMPORT) {
    bodies.push(JSON.stringify({ mappings: rest.slice(first, first + MOCKS_PER_IMPORT) }));
  }
  const startedAt = performance.now();
  await post(`${admin}/mappings`, JSON.stringify(oldest));
  for (const body of bodies) await post(`${admin}/mappings/import`, body);
  return performance.now() - startedAt;
}

async function post(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text.slice(0, 500)}`);
}
