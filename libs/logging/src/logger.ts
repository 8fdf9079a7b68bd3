import { type LoggerService } from '@nestjs/common';
import { WinstonModule } from 'nest-winston';
import { transports } from 'winston';
import { type Config } from '@mock-server/config';
import { jsonFormat, prettyFormat } from './formats';

/** The one logger of the process, for `NestFactory.create`; every `new Logger('Room')` ends in it. */
export function createLogger({ log }: Pick<Config, 'log'>): LoggerService {
  return WinstonModule.createLogger({
    level: log.level,
    format: log.format === 'json' ? jsonFormat() : prettyFormat({ colour: process.stdout.isTTY }),
    transports: [new transports.Console({ forceConsole: false })],
    exitOnError: false,
  });
}
