import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type Redis from 'ioredis';
import { RedisConnection } from './redis-connection';

type Asked = (text: string) => Promise<void> | void;

interface Message {
  readonly kind: 'hello' | 'ask' | 'done';
  readonly from: string;
  readonly topic?: string;
  readonly text?: string;
  readonly question?: string;
}

interface Question {
  /** Undefined until Redis has said how many replicas got it. */
  expected: number | undefined;
  answered: number;
  readonly settle: () => void;
}

const defaultChannel = 'mock-server:replicas';
const answerWithinMs = 1_000;
/** One that dies while it is asked is not asked again. */
const attempts = 3;
/** A start waits so long to hear of others. */
const meetWithinMs = 1_000;

/** One or more replicas did not answer in time. */
export class ReplicasSilentError extends Error {}

/**
 * The replicas that share a Redis. They know each other by listening on one channel: one that is killed stops listening with its
 * connection, so nobody waits for the dead.
 */
@Injectable()
export class Replicas implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Replicas');
  readonly id = randomUUID();
  private readonly channel: string;
  private readonly listener: Redis | undefined;
  private readonly topics = new Map<string, Asked>();
  private readonly questions = new Map<string, Question>();
  private readonly onMeetListeners: ((count: number) => Promise<void> | void)[] = [];
  private isListening = false;

  constructor(private readonly redis: RedisConnection) {
    // Redis keeps data of numbered databases apart, and channels not.
    this.channel = `${defaultChannel}:${redis.client?.options.db ?? 0}`;
    this.listener = redis.client?.duplicate({
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResubscribe: false,
      commandTimeout: undefined,
      socketTimeout: undefined,
      keepAlive: 5_000,
    });
  }

  /** Whether others can be asked now. */
  get isReachable(): boolean {
    return this.isListening && this.redis.isUp;
  }

  /** Called when this replica or another one begins to listen, with how many do. */
  onMeet(listener: (count: number) => Promise<void> | void): void {
    this.onMeetListeners.push(listener);
  }

  /** What this replica does when another asks; the answer is that it is done. */
  onAsk(topic: string, asked: Asked): void {
    this.topics.set(topic, asked);
  }

  /** Resolves when all other replicas have done it, some perhaps more than once. Rejects when one does not in time, or Redis is away. */
  async ask(topic: string, text: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.askOnce(topic, text);
      } catch (error) {
        if (attempt === attempts || !this.isReachable) throw error;
      }
    }
  }

  private async askOnce(topic: string, text: string): Promise<void> {
    const { client } = this.redis;
    if (client === undefined || !this.isReachable) throw new ReplicasSilentError('Redis is away');
    const question = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<void>((resolve, reject) => {
      this.questions.set(question, { expected: undefined, answered: 0, settle: resolve });
      timer = setTimeout(() => reject(new ReplicasSilentError('A replica does not answer')), answerWithinMs);
    });
    try {
      const listening = await client.publish(this.channel, this.write({ kind: 'ask', topic, text, question }));
      this.questions.get(question)!.expected = listening - 1;
      this.judge(question);
      await answered;
    } finally {
      clearTimeout(timer);
      this.questions.delete(question);
      answered.catch(() => undefined);
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    const { listener } = this;
    if (listener === undefined) return;
    listener.on('error', () => undefined); // the other connection tells of outages
    listener.on('close', () => (this.isListening = false));
    listener.on('message', (_channel, text: string) => void this.hear(text));
    const met = new Promise<void>(resolve => {
      listener.on('ready', () => void this.listen(listener).then(resolve));
    });
    listener.connect().catch(() => undefined);
    await Promise.race([met, new Promise(resolve => setTimeout(resolve, this.redis.isUp ? meetWithinMs : 0).unref())]);
  }

  onApplicationShutdown(): void {
    this.listener?.disconnect();
  }

  private async listen(listener: Redis): Promise<void> {
    try {
      await listener.subscribe(this.channel);
      this.isListening = true;
      await this.meet(await this.redis.client!.publish(this.channel, this.write({ kind: 'hello' })));
    } catch (error) {
      this.logger.warn({ message: 'The other replicas cannot be heard; trying again', reason: String(error) });
      this.isListening = false;
      setTimeout(() => {
        if (listener.status === 'ready') void this.listen(listener);
      }, 1_000).unref();
    }
  }

  private async hear(text: string): Promise<void> {
    const message = JSON.parse(text) as Message;
    if (message.from === this.id) return;
    const { kind, topic = '', question = '' } = message;
    try {
      if (kind === 'hello') await this.meet(2);
      else if (kind === 'done') this.count(question);
      else {
        await this.topics.get(topic)?.(message.text ?? '');
        await this.redis.client!.publish(this.channel, this.write({ kind: 'done', question }));
      }
    } catch (error) {
      this.logger.warn({ message: `What another replica asked for cannot be done: ${topic}`, reason: String(error) });
    }
  }

  private async meet(count: number): Promise<void> {
    for (const listener of this.onMeetListeners) await listener(count);
  }

  private count(question: string): void {
    const asked = this.questions.get(question);
    if (asked === undefined) return;
    asked.answered++;
    this.judge(question);
  }

  private judge(question: string): void {
    const asked = this.questions.get(question);
    if (asked?.expected !== undefined && asked.answered >= asked.expected) asked.settle();
  }

  private write(message: Omit<Message, 'from'>): string {
    return JSON.stringify({ ...message, from: this.id } satisfies Message);
  }
}
