import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { readConfig } from '@mock-server/config';
import { OutboundFetch, OutboundGate } from '@mock-server/proxy';
import { eventually } from '../../../test/support/eventually';
import {
  aJsonReply,
  answers,
  cutsBody,
  isSilent,
  refuses,
  resets,
  stallsInBody,
  startFakeClaude,
  talksGarbage,
  type FakeClaude,
} from '../../../test/support/fake-claude';
import { makeScratch } from '../../../test/support/scratch';
import { freePort } from '../../../test/support/server';
import { type AiReply } from './ai-provider';
import { ClaudeProvider } from './claude-provider';

const canaryKey = 'sk-ant-api03-canary-of-the-key';

/** As the server has it: with the real library, through the gate, over real sockets. */
function aProvider(url: string): { readonly provider: ClaudeProvider; close(): Promise<void> } {
  const config = readConfig({ CLAUDE_API_KEY: canaryKey, ANTHROPIC_BASE_URL: url, AI_TIMEOUT_MS: '2000' });
  const outbound = new OutboundFetch(new OutboundGate(config), config);
  return { provider: new ClaudeProvider(config, outbound), close: () => outbound.onApplicationShutdown() };
}

const never = new AbortController().signal;
const question = {
  instructions: 'rules',
  material: 'canary of the question',
  schema: { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, required: ['a'] },
  maxOutputTokens: 100,
};

let claude: FakeClaude;
let made: ReturnType<typeof aProvider>;
const said: string[] = [];

beforeEach(async () => {
  said.length = 0;
  for (const level of ['log', 'warn', 'error', 'debug'] as const)
    jest
      .spyOn(Logger.prototype, level)
      .mockImplementation((...words: unknown[]) => void said.push(JSON.stringify(words)));
  for (const level of ['log', 'warn', 'error', 'debug', 'info'] as const)
    jest.spyOn(console, level).mockImplementation((...words: unknown[]) => void said.push(JSON.stringify(words)));
  claude = await startFakeClaude();
  made = aProvider(claude.url);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await made.close();
  await claude.close();
});

const ask = (signal = never): Promise<AiReply> => made.provider.ask(question, signal);

it('asks the Messages API for an answer of this schema, and tells what it cost', async () => {
  claude.behave(answers('{"a":1}', { used: { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 3 } }));
  expect(await ask()).toEqual({ kind: 'answered', text: '{"a":1}', tokens: { input: 12, output: 3 } });
  const [asked] = claude.asked;
  expect(asked).toMatchObject({ model: 'claude-haiku-5-5', system: 'rules', material: 'canary of the question' });
  expect(asked!.format).toMatchObject({
    type: 'json_schema',
    schema: { additionalProperties: false, required: ['a'] },
  });
  expect(asked!.headers.authorization).toBe(`Bearer ${canaryKey}`);
});

describe('an AI that does not answer', () => {
  const cases: [string, () => void, string, object?][] = [
    ['refuses the key', () => claude.behave(refuses(401)), 'unauthorized'],
    ['refuses the question', () => claude.behave(refuses(400)), 'refused'],
    ['finds the question too long', () => claude.behave(refuses(413)), 'refused'],
    ['asks for a pause', () => claude.behave(refuses(429, { 'retry-after': '30' })), 'busy', { retryAfterSeconds: 30 }],
    ['fails', () => claude.behave(refuses(500)), 'busy'],
    [
      'asks for a short pause',
      () => claude.behave(refuses(529, { 'retry-after': '1' })),
      'busy',
      { retryAfterSeconds: 1 },
    ],
    ['is overloaded', () => claude.behave(refuses(529)), 'busy'],
    ['resets', () => claude.behave(resets), 'unreachable'],
    ['talks garbage', () => claude.behave(talksGarbage), 'unreachable'],
    ['cuts its body', () => claude.behave(cutsBody), 'unreachable'],
    ['stalls in its body', () => claude.behave(stallsInBody), 'unreachable'],
    ['is silent', () => claude.behave(isSilent), 'unreachable'],
    ['answers what is no message', () => claude.behave(outgoing => void outgoing.end('{"a":1}')), 'unusable'],
    ['answers what is no JSON', () => claude.behave(outgoing => void outgoing.end('<html>')), 'unusable'],
    [
      'breaks off at its limit',
      () => claude.behave(answers('{"a', { stopReason: 'max_tokens' })),
      'unusable',
      { tokens: { input: 100, output: 20 } },
    ],
    [
      'declines',
      () => claude.behave(answers('', { stopReason: 'refusal' })),
      'unusable',
      { tokens: { input: 100, output: 20 } },
    ],
  ];
  it.each(cases)(
    'because it %s is told so in bounded time, without its words, the key or the question',
    async (...one) => {
      const [, begin, fault, more = {}] = one;
      begin();
      const beganAt = performance.now();
      const reply = await ask();
      expect(performance.now() - beganAt).toBeLessThan(4_000);
      expect(reply).toMatchObject({ kind: 'failed', fault, ...more });
      expect(claude.asked.length).toBeLessThanOrEqual(2);
      expect(`${said.join()} ${JSON.stringify(reply)}`).not.toMatch(/canary|refused: /);
    },
  );

  it('because nobody listens there is unreachable', async () => {
    await made.close();
    made = aProvider(`http://127.0.0.1:${await freePort()}`);
    expect(await ask()).toMatchObject({ kind: 'failed', fault: 'unreachable' });
  });

  it('because it has a certificate that nobody vouches for, or none, is unreachable', async () => {
    const scratch = await makeScratch();
    const options = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      'key',
      '-out',
      'crt',
    ];
    execFileSync('openssl', ['req', '-x509', ...options, '-days', '2', '-subj', '/CN=nobody'], {
      cwd: scratch.folder,
      stdio: 'pipe',
    });
    const [key, cert] = ['key', 'crt'].map(name => readFileSync(join(scratch.folder, name), 'utf8'));
    const secure = await startFakeClaude({ key: key!, cert: cert! });
    for (const url of [secure.url, claude.url.replace('http:', 'https:')]) {
      const other = aProvider(url);
      expect(await other.provider.ask(question, never)).toMatchObject({ kind: 'failed', fault: 'unreachable' });
      await other.close();
    }
    expect([secure.asked, claude.asked]).toEqual([[], []]);
    await secure.close();
    await scratch.remove();
  });

  it('because nobody waits any more is broken off at once', async () => {
    claude.behave(isSilent);
    const leave = new AbortController();
    const asking = ask(leave.signal);
    await eventually(() => claude.open === 1);
    leave.abort();
    expect(await asking).toMatchObject({ kind: 'failed', fault: 'aborted' });
    await eventually(() => claude.open === 0);
  });
});

it('tries again once what passes by itself', async () => {
  claude.behave(outgoing => {
    claude.behave(answers(aJsonReply({})));
    refuses(503)(outgoing, claude.asked[0]!);
  });
  expect(await ask()).toMatchObject({ kind: 'answered' });
  expect(claude.asked.length).toBe(2);
});

it('writes no log of its own, whatever ANTHROPIC_LOG says', async () => {
  process.env['ANTHROPIC_LOG'] = 'debug';
  try {
    await ask();
    claude.behave(refuses(400));
    await ask();
  } finally {
    delete process.env['ANTHROPIC_LOG'];
  }
  expect(said.length).toBe(1); // ours: that a generation failed
  expect(said.join()).not.toMatch(/canary/);
});

it('does not go to where it must not, also on an address of the settings', async () => {
  await made.close();
  made = aProvider('http://169.254.169.254');
  expect(await ask()).toMatchObject({ kind: 'failed', fault: 'unreachable' });
});
