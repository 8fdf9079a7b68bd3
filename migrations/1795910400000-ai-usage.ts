import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What generations have used, by day: shared by replicas, and kept when they start anew. */
export class AiUsage1795910400000 implements MigrationInterface {
  readonly name = 'AiUsage1795910400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'ai_usage',
        columns: [
          { name: 'day', type: 'varchar', length: '10', isNullable: false, isPrimary: true },
          { name: 'kind', type: 'varchar', length: '16', isNullable: false, isPrimary: true },
          { name: 'owner', type: 'varchar', length: '254', isNullable: false, isPrimary: true },
          { name: 'input_tokens', type: 'bigint', isNullable: false },
          { name: 'output_tokens', type: 'bigint', isNullable: false },
          { name: 'calls', type: 'integer', isNullable: false },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('ai_usage');
  }
}
