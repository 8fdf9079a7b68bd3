import 'reflect-metadata';
import { ConfigError, describeSettings, readConfig, type Config } from '@mock-server/config';
import { openLogs, type Logs } from '@mock-server/logging';
import { MetricsRegistry } from '@mock-server/metrics';
import { type RunningServer, startServer } from './app.setup';
import { banner } from './banner';
import { endOnSignals } from './end-on-signals';
import { sentenceOf } from './start-error';
import { keepTickShape } from './tick-shape';
import { keepHeapTight } from './tight-heap';
import { version } from './installation';

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return print(`mock-server ${version}\n\n${describeSettings()}`);
  if (args.includes('--version') || args.includes('-v')) return print(version);
  keepTickShape();
  const config = readConfig();
  const logs = openLogs(config);
  for (const warning of config.warnings) logs.logger.warn(warning, 'Config');
  await run(config, logs);
}

async function run(config: Config, logs: Logs): Promise<void> {
  const server = await startServer(config, logs.logger);
  keepHeapTight();
  countLostLogs(server, logs);
  print(banner(config, server));
  endOnSignals({ ...server, stop: () => server.stop().finally(() => logs.close()) }, logs.logger);
}

/** Here, because logs are there before the rooms are. */
function countLostLogs({ app }: RunningServer, logs: Logs): void {
  app
    .get(MetricsRegistry, { strict: false })
    .counter('logs_dropped_total', 'Log entries lost, by the place that did not take them.', () =>
      logs.dropped().map(({ to, count }) => ({ labels: { to }, value: count })),
    );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : sentenceOf(error)}\n`);
  process.exit(1);
});
