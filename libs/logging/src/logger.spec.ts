import { Writable } from 'node:stream';
import { Logger, type LoggerService } from '@nestjs/common';
import { WinstonModule } from 'nest-winston';
import { transports } from 'winston';
import { jsonFormat, prettyFormat } from './formats';
import { createLogger } from './logger';

/** What reaches standard output when this is logged through Nest, as every room does it. */
function linesOf(config: Parameters<typeof createLogger>[0]['log'], log: (logger: Logger) => void): string[] {
  let output = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation(text => {
    output += String(text);
    return true;
  });
  // winston's console transport keeps the stream of the console it finds.
  const console = jest.spyOn(globalThis.console as unknown as { _stdout: Writable }, '_stdout', 'get').mockReturnValue(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        output += chunk.toString();
        done();
      },
    }),
  );
  const logger: LoggerService = createLogger({ log: config });
  Logger.overrideLogger(logger);
  try {
    log(new Logger('Mocks'));
  } finally {
    Logger.overrideLogger(false);
    write.mockRestore();
    console.mockRestore();
  }
  return output.split('\n').filter(line => line !== '');
}
