import { Writable } from 'node:stream';
import { type LoggerService } from '@nestjs/common';
import { type Config } from '@mock-server/config';
import { WinstonModule } from 'nest-winston';
import { format, type Logform, transports } from 'winston';
import { openElasticsearch } from './elasticsearch';
import { jsonFormat, prettyFormat } from './formats';
import { type LogSink } from './log-sink';
import { openRotatingFile } from './rotating-file';

/** Nest's levels, under the names that nest-winston gives them. winston drops an entry whose level it does not know. */
const levels = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, verbose: 5 };

/** What Nest tells at INFO about its own start, a line a route: of use to nobody who runs the product. */
const chatter = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

const withoutChatter = format(info =>
  info.level === 'info' && typeof info['context'] === 'string' && chatter.has(info['context']) ? false : info,
);

/** The logger of the process and where its lines go beside the console. */
export interface Logs {
  /** For `NestFactory.create({ logger })`: every `new Logger('Thing')` of Nest ends in it. */
  readonly logger: LoggerService;
  /** Entries lost since the start, by the place that did not take them. */
  dropped(): readonly { readonly to: LogSink['name']; readonly count: number }[];
  close(): Promise<void>;
}

/** The console, files when LOG_DIR is set, and Elasticsearch when ELASTICSEARCH_URL is. None of them ever holds a request up. */
export function openLogs({ log }: Pick<Config, 'log'>, output: NodeJS.WritableStream = process.stdout): Logs {
  const onChange = (sentence: string): void => void logger.warn?.(sentence, 'Logging');
  const combined = log.dir === undefined ? [] : [openRotatingFile({ folder: log.dir, name: 'combined', onChange })];
  const errors = log.dir === undefined ? [] : [openRotatingFile({ folder: log.dir, name: 'error', onChange })];
  const elasticsearch =
    log.elasticsearchUrl === undefined ? [] : [openElasticsearch({ url: log.elasticsearchUrl, onChange })];
  const sinks = [...combined, ...errors, ...elasticsearch];
  const logger = WinstonModule.createLogger({
    levels,
    level: log.level,
    format: withoutChatter(),
    transports: [
      new transports.Stream({ stream: output, format: consoleFormat(log, output) }),
      ...[...combined, ...elasticsearch].map(sink => toSink(sink)),
      ...errors.map(sink => toSink(sink, 'error')),
    ],
    exitOnError: false,
  });
  return {
    logger,
    dropped: () => {
      const names = [...new Set(sinks.map(({ name }) => name))];
      return names.map(name => ({ to: name, count: sumOf(sinks.filter(sink => sink.name === name)) }));
    },
    close: async () => void (await Promise.all(sinks.map(sink => sink.close()))),
  };
}

function consoleFormat(log: Config['log'], output: NodeJS.WritableStream): Logform.Format {
  return log.format === 'json' ? jsonFormat() : prettyFormat({ colour: hasColours(output) });
}

/** Always JSON: files and Elasticsearch are read by programs. */
function toSink(sink: LogSink, level?: 'error'): InstanceType<typeof transports.Stream> {
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      sink.take(line);
      done();
    },
  });
  return new transports.Stream({ stream, format: jsonFormat(), eol: '', ...(level === undefined ? {} : { level }) });
}

function sumOf(sinks: readonly LogSink[]): number {
  return sinks.reduce((sum, { dropped }) => sum + dropped, 0);
}

function hasColours(output: NodeJS.WritableStream): boolean {
  return output === process.stdout && process.stdout.isTTY && process.stdout.hasColors();
}
