import { type LoggerService } from '@nestjs/common';
import { type Config } from '@mock-server/config';
import { WinstonModule } from 'nest-winston';
import { format, transports } from 'winston';
import { jsonFormat, prettyFormat } from './formats';

/** Nest's levels, under the names that nest-winston gives them. winston drops an entry whose level it does not know. */
const levels = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, verbose: 5 };

/** What Nest tells at INFO about its own start, a line a route: of use to nobody who runs the product. */
const chatter = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

const withoutChatter = format(info =>
  info.level === 'info' && typeof info['context'] === 'string' && chatter.has(info['context']) ? false : info,
);

/** The one logger of the process, for `NestFactory.create({ logger })`: every `new Logger('Thing')` of Nest ends in it. */
export function createLogger(
  { log }: Pick<Config, 'log'>,
  output: NodeJS.WritableStream = process.stdout,
): LoggerService {
  return WinstonModule.createLogger({
    levels,
    level: log.level,
    format: format.combine(
      withoutChatter(),
      log.format === 'json' ? jsonFormat() : prettyFormat({ colour: hasColours(output) }),
    ),
    transports: [new transports.Stream({ stream: output })],
    exitOnError: false,
  });
}

function hasColours(output: NodeJS.WritableStream): boolean {
  return output === process.stdout && process.stdout.isTTY && process.stdout.hasColors();
}
