import { Database } from '@mock-server/database';
import { type DatabaseConfig } from '@mock-server/config';
import { type INestApplicationContext, type Type } from '@nestjs/common';
import { DIALECTS, emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { createTestDatabase } from '../../../test/support/postgres';
import { startTcpProxy } from '../../../test/support/tcp-proxy';
import { startContext } from '../../../test/support/start-context';
import { dayOf, secondsToMidnight, TokenUsage } from './token-usage';
import { TokenBudget } from './token-budget';

const blue = { kind: 'workspace', id: 'blue' } as const;
const green = { kind: 'workspace', id: 'green' } as const;
const ann = { kind: 'user', id: 'ann' } as const;
const tokens = { input: 80, output: 20 };

const ai = { apiKey: 'k', model: 'm', baseUrl: '', timeoutMs: 1, dailyTokens: 500, workspaceDailyTokens: 300 };
const started: INestApplicationContext[] = [];
const stopAll = async (): Promise<void> => {
  await Promise.all(started.splice(0).map(context => context.close()));
};
afterEach(stopAll);

interface Counting {
  readonly usage: TokenUsage;
  readonly budget: TokenBudget;
  readonly database: Database;
}

async function startOn(database: DatabaseConfig): Promise<Counting> {
  class AiUsage {}
  const context = await startContext({ database, ai }, [{ module: AiUsage, providers: [TokenUsage, TokenBudget] }]);
  started.push(context);
  const of = <T>(type: Type<T>): T => context.get(type, { strict: false });
  await eventually(() => of(Database).isUp);
  return { usage: of(TokenUsage), budget: of(TokenBudget), database: of(Database) };
}

describe.each(DIALECTS)('tokens of a day on %s', dialect => {
  let empty: EmptyDatabase;

  beforeEach(async () => {
    empty = await emptyDatabase(dialect);
  });
  afterEach(async () => {
    await stopAll();
    await empty.drop();
  });
  const start = (): Promise<Counting> => startOn(empty.config);

  it('are counted by workspace and user, for all replicas, and last', async () => {
    const a = await start();
    const b = dialect === 'postgres' ? await start() : a; // one process has a SQLite file
    a.usage.add([blue, ann], tokens);
    b.usage.add([blue], tokens);
    a.usage.add([green], { input: 1, output: 2 });
    const wanted = [
      { ...blue, input: 160, output: 40, calls: 2 },
      { ...green, input: 1, output: 2, calls: 1 },
      { ...ann, input: 80, output: 20, calls: 1 },
    ];
    const sorted = async ({ usage }: { usage: TokenUsage }) =>
      [...(await usage.today())].sort((one, other) => one.id.localeCompare(other.id));
    wanted.sort((one, other) => one.id.localeCompare(other.id));
    await eventually(async () => JSON.stringify(await sorted(a)) === JSON.stringify(await sorted(b)));
    expect(await sorted(a)).toEqual(wanted);
    await stopAll();
    expect(await sorted(await start())).toEqual(wanted);
  });

  it('of yesterday do not count today', async () => {
    const { usage, budget } = await start();
    usage.add([blue], { input: 1_000, output: 0 }, Date.now() - 86_400_000);
    expect(await usage.today()).toEqual([]);
    expect(await budget.spentFor([blue])).toBeUndefined();
  });

  it('that one workspace has used up leave the others theirs, until all are used up', async () => {
    const { usage, budget } = await start();
    for (let i = 0; i < 3; i++) usage.add([blue], tokens);
    expect((await budget.spentFor([blue]))?.detail).toContain('This workspace');
    expect(await budget.spentFor([green])).toBeUndefined();
    expect(budget.isSpent).toBe(false);
    for (let i = 0; i < 2; i++) usage.add([green], tokens);
    const spent = await budget.spentFor([green]);
    expect(spent?.detail).toContain('(AI_DAILY_TOKENS)');
    expect(Math.abs(spent!.retryAfterSeconds - secondsToMidnight())).toBeLessThan(3);
    expect(budget.isSpent).toBe(true);
  });
});

it('tokens are counted on while the database is away, and written down when it is back', async () => {
  const real = await createTestDatabase();
  const way = await startTcpProxy(real.url);
  const { usage, database } = await startOn({ kind: 'postgres', url: way.url, poolSize: 5 });
  usage.add([blue], tokens);
  await eventually(async () => (await usage.today())[0]?.calls === 1);
  await way.cut();
  await eventually(() => !database.isUp);
  usage.add([blue], tokens);
  expect(await usage.today()).toEqual([{ ...blue, input: 160, output: 40, calls: 2 }]);
  await way.resume();
  await eventually(() => database.isUp);
  await stopAll();
  const after = await startOn({ kind: 'postgres', url: real.url, poolSize: 5 });
  expect(await after.usage.today()).toEqual([{ ...blue, input: 160, output: 40, calls: 2 }]);
  await stopAll();
  await way.close();
  await real.drop();
});

it('a day ends at midnight in UTC', () => {
  const noon = Date.UTC(2026, 10, 26, 12);
  expect([dayOf(noon), secondsToMidnight(noon)]).toEqual(['2026-11-26', 43_200]);
  expect(dayOf(noon + 43_200_000)).toBe('2026-11-27');
});
