import { type ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type EventScript, type EventStep, type TemplateEnvironment } from '@mock-server/engine';
import { TemplateEnvironments } from '@mock-server/mocks';
import { MetricsRegistry } from '@mock-server/metrics';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { renderedHeaders } from './rendered-headers';
import { type Hit } from './hit';
import { problemReply } from './plain-problem';
import { Reporter } from './reporter';
import { drained, wait } from './wait';

/** A silent stream says this often that it is alive, so that no proxy on the way takes it for dead. */
const keepAliveMs = 15_000;
/** Clients of a server that ends come back within this time, and not all at once. */
const retryMs = { least: 1_000, spread: 2_000 };

/** Replies that are streams of server-sent events. Bounded in number and time; a server that ends closes them with a retry hint. */
@Injectable()
export class EventStreams implements OnModuleInit {
  private readonly logger = new Logger('EventStreams');
  private readonly open = new Set<ServerResponse>();
  private refusedCount = 0;
  private sentCount = 0;
  private isDraining = false;

  constructor(
    private readonly reporter: Reporter,
    private readonly environments: TemplateEnvironments,
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.registry.gauge('event_streams', 'Streams of server-sent events that are open.', () => this.open.size);
    this.registry.counter('event_stream_events_total', 'Server-sent events that went out.', () => this.sentCount);
    this.registry.counter(
      'event_streams_refused_total',
      'Streams of server-sent events that were refused because there were too many.',
      () => this.refusedCount,
    );
  }

  /** Closes those that are open, and from now on each new one after its head. */
  drain(): void {
    this.isDraining = true;
    for (const outgoing of this.open) endWithHint(outgoing);
  }

  /** Resolves when the stream has ended, by itself or by its client. */
  async send(call: Call, hit: Hit, script: EventScript): Promise<void> {
    const { request, mock, delayMs } = hit;
    const { maxEventStreams } = this.config.limits;
    if (this.open.size >= maxEventStreams) {
      this.refusedCount++;
      const reply = problemReply(
        'overloaded',
        `There are ${maxEventStreams} event streams open already (MAX_EVENT_STREAMS).`,
      );
      return this.reporter.reply(call, { request, source: 'mock', mock, delayMs, reply });
    }
    const environment = this.environments.of(call);
    const head = this.headOf(call, hit, environment);
    if (typeof head === 'string')
      return this.reporter.reply(call, {
        request,
        source: 'mock',
        mock,
        delayMs,
        reply: problemReply('internal', head),
      });
    const steps = script.play(request, environment);
    // A client that has seen everything is told not to come back (HTML standard, 9.2).
    const status = steps === undefined ? 204 : hit.reply.status;
    const { outgoing, incoming } = call;
    const reply = { status, headers: head, body: new Uint8Array(0), ownsBody: true, place: hit.reply.place };
    this.reporter.report(call, { request, source: 'mock', mock, reply, delayMs });
    if (outgoing.destroyed) return;
    outgoing.writeHead(status, head);
    if (steps === undefined || incoming.method === 'HEAD') return void outgoing.end();
    outgoing.flushHeaders();
    if (this.isDraining) return endWithHint(outgoing);
    this.open.add(outgoing);
    try {
      await this.play(outgoing, steps, { script, title: mock.title, environment });
    } finally {
      this.open.delete(outgoing);
    }
  }

  private async play(
    outgoing: ServerResponse,
    steps: Iterable<EventStep>,
    { script, title, environment }: { script: EventScript; title: string; environment: TemplateEnvironment },
  ): Promise<void> {
    const endsAt = performance.now() + this.config.limits.maxEventStreamMs;
    for (const step of steps) {
      if (!(await idle(outgoing, step.waitMs, endsAt))) return;
      const event = step.render({ ...environment, now: Date.now() });
      if (!event.ok) {
        this.logger.warn(`The event stream of mock ${title} ended early: ${event.message}`);
        return void outgoing.end(`: ${event.message.replace(/[\r\n]+/g, ' ')}\n\n`);
      }
      this.sentCount++;
      if (!outgoing.write(event.text) && !(await drained(outgoing))) return;
    }
    if (script.staysOpen) await idle(outgoing, Infinity, endsAt);
    else outgoing.end();
  }

  /** The head's lines, or what is wrong with their templates. */
  private headOf(call: Call, { request, mock, reply }: Hit, environment: TemplateEnvironment): string[] | string {
    const rendered = reply.template?.render(request, environment);
    if (rendered?.ok === false)
      return `The template at ${rendered.pointer} of mock ${mock.title} fails: ${rendered.message}`;
    const headers = eventStreamHeaders(rendered === undefined ? reply.headers : renderedHeaders(rendered, mock));
    const { head, workspace } = call;
    if (head.origin !== undefined && workspace.settings.cors) headers.push(...corsHeaders(head.origin, headers));
    return headers;
  }
}

/** What makes it an event stream, unless the mock says otherwise. */
function eventStreamHeaders(own: readonly string[]): string[] {
  const has = (name: string): boolean => own.some((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return [
    ...own,
    ...(has('content-type') ? [] : ['Content-Type', 'text/event-stream; charset=utf-8']),
    ...(has('cache-control') ? [] : ['Cache-Control', 'no-cache']),
  ];
}

/** Waits, saying now and then that the stream is alive. False: it has ended, by its client, by its time or by the server's. */
async function idle(outgoing: ServerResponse, forMs: number, endsAt: number): Promise<boolean> {
  const until = performance.now() + forMs;
  for (;;) {
    if (outgoing.destroyed || outgoing.writableEnded) return false;
    const now = performance.now();
    if (now >= endsAt) {
      endWithHint(outgoing);
      return false;
    }
    if (now >= until) return true;
    const leftMs = Math.min(until, endsAt) - now;
    await wait(outgoing, Math.min(leftMs, keepAliveMs));
    if (leftMs > keepAliveMs && !outgoing.destroyed && !outgoing.writableEnded) outgoing.write(':\n\n');
  }
}

function endWithHint(outgoing: ServerResponse): void {
  if (outgoing.destroyed || outgoing.writableEnded) return;
  outgoing.end(`retry: ${Math.round(retryMs.least + Math.random() * retryMs.spread)}\n\n`);
}
