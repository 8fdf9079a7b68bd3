import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { headerBytes, type CatalogMock, type MockRequest, type Webhook, type WebhookCall } from '@mock-server/engine';
import { Journal, type SubEvent } from '@mock-server/journal';
import { TemplateEnvironments } from '@mock-server/mocks';
import { MetricsRegistry } from '@mock-server/metrics';
import { OutboundClient } from '@mock-server/proxy';
import { type Call } from './call';
import { errorEvent, requestEvent, responseEvent, warningEvent } from './webhook-events';

/** A mock that answered, and where its exchange is in the journal. */
export interface Answered {
  readonly request: MockRequest;
  readonly mock: CatalogMock;
  readonly sequence: number;
}

type Tell = (event: Pick<SubEvent, 'type' | 'data'>) => void;

/** Counts how many webhooks led to this one: a mock whose webhook calls itself would never come to rest. */
const depthHeader = 'X-Mock-Server-Webhook';
const maxDepth = 10;
/** When the server stops, what is due may still be sent for so long. */
const drainWithinMs = 5_000;

/** Calls what a mock's webhooks name, once the reply is sent: a bounded number at a time, each with a timeout, none twice. */
@Injectable()
export class Webhooks implements OnModuleInit {
  private readonly logger = new Logger('Webhooks');
  private readonly counts = { sent: 0, failed: 0, dropped: 0 };
  private readonly stopped = new AbortController();
  private readonly queue: (() => Promise<void>)[] = [];
  private readonly whenIdle = new Set<() => void>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private running = 0;

  constructor(
    private readonly client: OutboundClient,
    private readonly journal: Journal,
    private readonly registry: MetricsRegistry,
    private readonly environments: TemplateEnvironments,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.registry.counter('webhooks_total', 'Webhooks by what became of them: sent, failed, dropped.', () =>
      Object.entries(this.counts).map(([result, value]) => ({ labels: { result }, value })),
    );
    this.registry.gauge('webhooks_waiting', 'Webhooks that wait for their delay or their turn.', () => this.waiting);
    this.registry.gauge('webhooks_running', 'Webhooks that are being sent.', () => this.running);
  }

  /** Also when the client has left, or the reply is a fault: the mock has answered. */
  fireAfterReply(call: Call, answered: Answered): void {
    const fire = (): void => {
      for (const webhook of answered.mock.webhooks) this.fire(call, answered, webhook);
    };
    if (call.outgoing.closed) setImmediate(fire);
    else call.outgoing.once('close', fire);
  }

  /** Waits until all are sent, or the time for it is over. */
  async drain(): Promise<void> {
    if (this.isIdle) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>(resolve => this.whenIdle.add(resolve)),
      new Promise<void>(resolve => (timer = setTimeout(resolve, drainWithinMs))),
    ]);
    clearTimeout(timer);
    if (this.isIdle) return;
    this.logger.warn({
      message: 'Webhooks were not sent before the server stopped',
      count: this.waiting + this.running,
    });
    for (const one of this.timers) clearTimeout(one);
    this.queue.length = 0;
    this.stopped.abort();
  }

  private get waiting(): number {
    return this.queue.length + this.timers.size;
  }

  private get isIdle(): boolean {
    return this.waiting === 0 && this.running === 0;
  }

  private fire(call: Call, { request, mock, sequence }: Answered, webhook: Webhook): void {
    const tell: Tell = ({ type, data }) => {
      const timeOffsetNanos = Math.round((performance.now() - call.startedAt) * 1_000_000);
      this.journal.addSubEvent(call.workspace.id, sequence, { type, timeOffsetNanos, data });
    };
    if (this.waiting >= this.config.webhooks.maxWaiting || this.stopped.signal.aborted) {
      this.counts.dropped++;
      return tell(errorEvent(`Webhook not sent: ${this.waiting} wait already (WEBHOOK_MAX_WAITING).`));
    }
    const rendered = webhook.render(request, this.environments.of(call));
    const depth = Number(request.header(depthHeader.toLowerCase())[0] ?? 0) + 1;
    if (!rendered.ok || !(depth <= maxDepth)) {
      this.counts.failed++;
      const why = rendered.ok ? `it was caused by ${maxDepth} others, one by the other.` : `${rendered.message}.`;
      return tell(errorEvent(`Webhook of ${mock.title} not sent: ${why}`));
    }
    if (rendered.dropped.length > 0)
      tell(
        warningEvent(`webhook header left out for a control character in its value: ${rendered.dropped.join(', ')}`),
      );
    tell(requestEvent(rendered, this.journal.maxBodyBytes));
    const headers = [...ownHeaders(rendered), depthHeader, String(depth)];
    this.schedule(rendered.delayMs, () => this.send({ ...rendered, headers }, tell));
  }

  private schedule(delayMs: number, work: () => Promise<void>): void {
    const enqueue = (): void => {
      this.queue.push(work);
      this.next();
    };
    if (delayMs === 0) return enqueue();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      enqueue();
    }, delayMs);
    this.timers.add(timer);
  }

  private next(): void {
    if (this.running >= this.config.webhooks.maxRunning) return;
    const work = this.queue.shift();
    if (work === undefined) return;
    this.running++;
    void work().finally(() => {
      this.running--;
      this.next();
      if (this.isIdle) for (const tell of this.whenIdle) tell();
    });
  }

  private async send({ method, url, headers, body }: WebhookCall, tell: Tell): Promise<void> {
    const { timeoutMs } = this.config.webhooks;
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([late, this.stopped.signal]);
    const maxReplyBytes = this.journal.maxBodyBytes;
    const outcome = await this.client.send({ method, url, headers, body, signal, maxReplyBytes });
    if (outcome.kind === 'answered') {
      this.counts.sent++;
      return tell(responseEvent(outcome));
    }
    this.counts.failed++;
    const why = late.aborted ? `no whole answer within ${timeoutMs} ms (WEBHOOK_TIMEOUT_MS).` : outcome.detail;
    tell(errorEvent(`Failed to fire webhook ${method} ${url}: ${why}`));
  }
}

/** Those of the mapping, in bytes as HTTP has them, and who we are. */
function ownHeaders({ headers }: WebhookCall): string[] {
  const lower = depthHeader.toLowerCase();
  const own: string[] = [];
  let namesAgent = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.toLowerCase() === lower) continue;
    namesAgent ||= name.toLowerCase() === 'user-agent';
    own.push(name, headerBytes(headers[i + 1]!));
  }
  return namesAgent ? own : [...own, 'User-Agent', 'mock-server'];
}
