import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { z } from 'zod';
import { type AiFault, type AiProvider, type AiQuestion, type AiReply } from './ai-provider';
import type * as ClaudeSdk from './claude-sdk';
import { claudeSdk } from './lazy-libraries';
import { AI_OUTBOUND, type Outbound } from './outbound';

/** A second try for what passes by itself. More would hold clients up who wait. */
const maxRetries = 1;
const maxReplyBytes = 4_194_304;

const messageSchema = z.object({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullish(),
  usage: z.object({
    input_tokens: z.number(),
    output_tokens: z.number(),
    cache_creation_input_tokens: z.number().nullish(),
    cache_read_input_tokens: z.number().nullish(),
  }),
});

/**
 * Claude, by Anthropic's own library. It writes no log, and has from the settings what it could take from the environment; only
 * ANTHROPIC_CUSTOM_HEADERS, which gateways ask for, it reads itself.
 */
@Injectable()
export class ClaudeProvider implements AiProvider {
  private readonly logger = new Logger('ClaudeProvider');
  private client: ClaudeSdk.Anthropic | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'ai'>,
    @Inject(AI_OUTBOUND) private readonly outbound: Outbound,
  ) {}

  get model(): string {
    return this.config.ai.model;
  }

  async ask(question: AiQuestion, signal: AbortSignal): Promise<AiReply> {
    const late = AbortSignal.timeout(this.config.ai.timeoutMs);
    try {
      return readMessage(await this.send(question, AbortSignal.any([signal, late])));
    } catch (error) {
      if (signal.aborted) return failed({ fault: 'aborted', detail: 'The generation was broken off.' });
      const fault = late.aborted ? tooLate(this.config.ai.timeoutMs) : faultOf(error, claudeSdk());
      this.logger.warn({ message: 'A generation failed', fault: fault.fault, detail: fault.detail });
      return failed(fault);
    }
  }

  private async send({ instructions, material, schema, maxOutputTokens }: AiQuestion, signal: AbortSignal) {
    this.client ??= this.open();
    return this.client.messages.create(
      {
        model: this.model,
        max_tokens: maxOutputTokens,
        system: instructions,
        messages: [{ role: 'user', content: material }],
        output_config: { format: { type: 'json_schema', schema: claudeSdk().transformJSONSchema(schema) } },
      },
      { signal },
    );
  }

  private open(): ClaudeSdk.Anthropic {
    const { apiKey, baseUrl, timeoutMs } = this.config.ai;
    return new (claudeSdk().Anthropic)({
      apiKey: apiKey ?? '',
      baseURL: baseUrl,
      timeout: timeoutMs,
      maxRetries,
      logLevel: 'off',
      openTelemetry: false,
      fetch: (url, init) => this.fetch(url, init),
    });
  }

  private async fetch(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const reply = await this.outbound.fetch({
      method: init.method ?? 'GET',
      url: url instanceof Request ? url.url : String(url),
      headers: pairsOf(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : undefined,
      signal: init.signal ?? new AbortController().signal,
      maxReplyBytes,
    });
    return reply.ok ? reply : refusalOf(reply);
  }
}

/**
 * Without its words, which may repeat a question, and which the library would throw away by way of an error whose stack it reads: the
 * first of a process takes a tenth of a second, for the map of all sources. Who asks for a pause gets it: the library would sleep
 * through it, with a client waiting.
 */
function refusalOf({ status, headers }: Response): Response {
  const kept = new Headers(headers);
  if (kept.has('retry-after') || kept.has('retry-after-ms')) kept.set('x-should-retry', 'false');
  return new Response(null, { status, headers: kept });
}

function pairsOf(headers: Headers): Record<string, string> {
  const pairs: Record<string, string> = {};
  headers.forEach((value, name) => (pairs[name] = value));
  return pairs;
}

function readMessage(message: unknown): AiReply {
  const reading = messageSchema.safeParse(message);
  if (!reading.success)
    return failed({ fault: 'unusable', detail: 'The answer of the AI is not one of the Claude API.' });
  const { content, stop_reason: stopReason, usage } = reading.data;
  const cached = (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
  const tokens = { input: usage.input_tokens + cached, output: usage.output_tokens };
  if (stopReason === 'max_tokens')
    return failed({ fault: 'unusable', detail: 'The answer of the AI is longer than it may be.', tokens });
  if (stopReason === 'refusal') return failed({ fault: 'unusable', detail: 'The AI declined to answer this.', tokens });
  const text = content.map(part => (part.type === 'text' ? (part.text ?? '') : '')).join('');
  return { kind: 'answered', text, tokens };
}

/** The words of the provider stay out: they may repeat a question. */
function faultOf(error: unknown, sdk: typeof ClaudeSdk): AiFault {
  if (error instanceof sdk.APIConnectionTimeoutError)
    return { fault: 'unreachable', detail: 'The AI did not answer in time (AI_TIMEOUT_MS).' };
  if (error instanceof sdk.APIConnectionError)
    return { fault: 'unreachable', detail: 'The AI cannot be reached, or broke off (ANTHROPIC_BASE_URL).' };
  if (!(error instanceof sdk.APIError) || typeof error.status !== 'number')
    return { fault: 'unusable', detail: 'The answer of the AI is not one of the Claude API.' };
  const status: number = error.status;
  const retryAfterSeconds = secondsOf((error.headers as Headers | undefined)?.get('retry-after') ?? null);
  if (status === 401 || status === 403)
    return { fault: 'unauthorized', detail: `The AI refuses the key (${status}): check CLAUDE_API_KEY.` };
  if (status === 429 || status >= 500)
    return { fault: 'busy', detail: `The AI is overloaded or takes no more calls now (${status}).`, retryAfterSeconds };
  return { fault: 'refused', detail: `The AI refuses the question (${status}): check CLAUDE_MODEL.` };
}

function tooLate(timeoutMs: number): AiFault {
  return { fault: 'unreachable', detail: `The AI did not answer within ${timeoutMs} ms (AI_TIMEOUT_MS).` };
}

function failed(fault: AiFault): AiReply {
  return { kind: 'failed', ...fault };
}

/** Of a Retry-After; a date is rare, and not worth reading. */
function secondsOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,6}(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}
