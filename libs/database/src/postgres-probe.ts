import { Client } from 'pg';
import { answerInTime } from './answer-in-time';
import { DatabaseUnavailableError } from './database-errors';

const CONNECT_TIMEOUT_MS = 2_000;
/** Longer than the way to a database far away; a second at most goes by until a dead one counts as down. */
const ANSWER_TIMEOUT_MS = 700;

/** Where replicas on one database hint to each other what changed. */
export const HINT_CHANNEL = 'mock_server';

/**
 * One connection outside the pool that asks "are you there?", so that a full pool is not taken for a dead database. It also hears the
 * hints of other replicas.
 */
export class PostgresProbe {
  private client: Client | undefined;

  constructor(
    private readonly url: string,
    private readonly events: { readonly onLost: () => void; readonly onHint: (text: string) => void },
  ) {}

  async ask(): Promise<void> {
    this.client ??= await this.connect();
    const client = this.client;
    try {
      await inTime(client.query('SELECT 1'));
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
      this.events.onLost();
    });
    client.on('notification', ({ payload = '' }) => this.events.onHint(payload));
    try {
      await client.connect();
      await inTime(client.query(`LISTEN ${HINT_CHANNEL}`));
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  private drop(client: Client): void {
    if (this.client === client) this.client = undefined;
    client.end().catch(() => undefined);
  }
}

function inTime(answer: Promise<unknown>): Promise<unknown> {
  const failure = (): Error =>
    new DatabaseUnavailableError(`The database did not answer within ${ANSWER_TIMEOUT_MS} ms.`);
  return answerInTime(answer, { ms: ANSWER_TIMEOUT_MS, failure });
}
