import { Client } from 'pg';
import { DatabaseUnavailableError } from './database-errors';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 400;

/** One connection outside the pool that asks "are you there?", so that a full pool is not taken for a dead database. */
export class PostgresProbe {
  private client: Client | undefined;

  constructor(
    private readonly url: string,
    private readonly onLost: () => void,
  ) {}

  async ask(): Promise<void> {
    this.client ??= await this.connect();
    const client = this.client;
    try {
      await answerInTime(client.query('SELECT 1'));
    } catch (error) {
      this.drop(client);
      throw error;
    }
  }

  close(): void {
    if (this.client !== undefined) this.drop(this.client);
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'mock-server probe',
      keepAlive: true,
    });
    client.on('error', () => {
      this.drop(client);
      this.onLost();
    });
    await client.connect();
    return client;
  }

  private drop(client: Client): void {
    if (this.client === client) this.client = undefined;
    client.end().catch(() => undefined);
  }
}

function answerInTime(answer: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void =>
      reject(new DatabaseUnavailableError(`The database did not answer within ${ANSWER_TIMEOUT_MS} ms.`));
    // When this process was the slow one, the answer lies in the socket: the event loop reads it before `setImmediate`.
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), ANSWER_TIMEOUT_MS);
    answer.then(() => resolve(), reject).finally(() => clearTimeout(timer));
  });
}
