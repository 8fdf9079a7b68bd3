import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startFakeClaude, type FakeClaude } from '../support/fake-claude';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

const run = promisify(execFile);

/** Pages that say that their examples run as pasted. */
const pages = ['docs/sessions.md', 'docs/state.md', 'docs/history.md', 'docs/verification.md', 'docs/ai.md'];

/** Before the examples of a page: each call of curl notes its line and status, and a stream of events ends after two seconds. */
const prelude = `curl() { command curl --silent --max-time 2 -w '%{stderr}'"$BASH_LINENO"' %{http_code}\\n' "$@" 2>> "$STATUSES"; }`;

let claude: FakeClaude;
let server: ScratchServer;
beforeEach(async () => {
  claude = await startFakeClaude();
  server = await startScratchServer({ CLAUDE_API_KEY: 'a key', ANTHROPIC_BASE_URL: claude.url });
});
afterEach(async () => {
  await server.remove();
  await claude.close();
});

it.each(pages)('the examples of %s run as pasted, and refuse what they say is refused', async page => {
  const script = [prelude, ...examplesOf(await readFile(page, 'utf8')), 'true'].join('\n');
  const lines = script.split('\n');
  const [file, statuses] = [join(server.folder, 'examples.sh'), join(server.folder, 'statuses')];
  await writeFile(file, script);
  const { stdout } = await run('bash', [file], { env: { ...process.env, STATUSES: statuses } });
  const calls = (await readFile(statuses, 'utf8')).trim().split('\n');
  const odd = calls.map(call => call.split(' ')).filter(([line, status]) => isOdd(lines[Number(line) - 1]!, status!));
  expect(odd.map(([line, status]) => `${status}: ${lines[Number(line) - 1]}`)).toEqual([]);
  expect(calls.length).toBeGreaterThan(5);
  const promised = [...script.matchAll(/ # ((?:\[|\{"|").*)$/gm)].map(([, text]) => text!);
  for (const text of promised.filter(isVerbatim)) expect(stdout).toContain(text);
});

/** Shell blocks against the server under test; starting one is not among them. */
function examplesOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, block]) => block!)
    .filter(block => !/\bnpm\b/.test(block))
    .map(block =>
      block
        .replaceAll(/(?:127\.0\.0\.1|localhost):4000/g, new URL(server.url).host)
        .replaceAll('127.0.0.1:4001', new URL(server.consoleUrl).host),
    );
}

/** A status that the comment behind the call does not announce. */
function isOdd(line: string, status: string): boolean {
  const announced = / # (\d{3})\b/.exec(line)?.[1];
  return announced === undefined ? status >= '400' : announced !== status;
}

/** Not a piece with things left out, nor one set with spaces for reading. */
function isVerbatim(text: string): boolean {
  return !text.includes('…') && !text.includes(' }');
}
