import 'reflect-metadata';
import { ConfigError, describeSettings, readConfig, type Config } from '@mock-server/config';
import { createLogger } from '@mock-server/logging';
import { type LoggerService } from '@nestjs/common';
import { startServer } from './app.setup';
import { banner } from './banner';
import { endOnSignals } from './end-on-signals';
import { sentenceOf } from './start-error';
import { version } from './version';

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return print(`mock-server ${version}\n\n${describeSettings()}`);
  if (args.includes('--version') || args.includes('-v')) return print(version);
  const config = readConfig();
  const logger = createLogger(config);
  for (const warning of config.warnings) logger.warn(warning, 'Config');
  await run(config, logger);
}

async function run(config: Config, logger: LoggerService): Promise<void> {
  const server = await startServer(config, logger);
  print(banner(config, server));
  endOnSignals(server, logger);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : sentenceOf(error)}\n`);
  process.exit(1);
});
