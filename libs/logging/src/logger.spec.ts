import { PassThrough } from 'node:stream';
import { Logger } from '@nestjs/common';
import { type Config } from '@mock-server/config';
import { prettyFormat } from './formats';
import { openLogs } from './logger';

const nowhereElse = { dir: undefined, elasticsearchUrl: undefined };

/** What is written when this is logged through Nest's Logger, as every room does it. */
function written(log: Config['log'], work: (logger: Logger) => void): string {
  const output = new PassThrough();
  Logger.overrideLogger(openLogs({ log }, output).logger);
  try {
    work(new Logger('Mocks'));
  } finally {
    Logger.overrideLogger(false);
  }
  return String(output.read() ?? '');
}

const json = (work: (logger: Logger) => void, level: Config['log']['level'] = 'info'): Record<string, unknown>[] => {
  const lines = written({ ...nowhereElse, level, format: 'json' }, work)
    .trimEnd()
    .split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as Record<string, unknown>);
};
const pretty = (work: (logger: Logger) => void): string =>
  written({ ...nowhereElse, level: 'debug', format: 'pretty' }, work);

describe('logs as JSON', () => {
  it('are one object a line: timestamp, level, message, context', () => {
    const entries = json(logger => {
      logger.log('Loaded');
      logger.warn('Two\nlines');
    });
    expect(entries).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'info',
        message: 'Loaded',
        context: 'Mocks',
      },
      { timestamp: expect.any(String), level: 'warn', message: 'Two\nlines', context: 'Mocks' },
    ]);
  });

  it('carry the request id and other fields of an object', () => {
    const [entry] = json(logger =>
      logger.warn({ message: 'refused', requestId: 'r1', status: 422, route: '/__admin/mappings' }),
    );
    expect(entry).toMatchObject({
      message: 'refused',
      context: 'Mocks',
      requestId: 'r1',
      status: 422,
      route: '/__admin/mappings',
    });
  });

  it('hide secrets in the message and in fields, and hold no body', () => {
    const text = written({ ...nowhereElse, level: 'info', format: 'json' }, logger => {
      logger.warn({
        message: 'cannot reach postgresql://joe:hunter2@db/x',
        headers: { Authorization: 'Bearer hunter2' },
        body: 'hunter2',
      });
      logger.error('redis://:hunter2@r failed', new Error('redis://:hunter2@r failed').stack);
    });
    expect(text).not.toContain('hunter2');
    expect(text.match(/\[hidden\]/g)?.length).toBeGreaterThanOrEqual(4);
  });

  it('have the stack of an error once, as text', () => {
    const error = Object.assign(new TypeError('broken'), { code: 'E_X' });
    const entries = json(logger => {
      logger.error(error);
      logger.error('it broke', error.stack);
      logger.error({ message: 'it broke', requestId: 'r1' }, error.stack);
    });
    expect(entries).toHaveLength(3);
    for (const entry of entries) expect(entry['stack']).toBe(error.stack);
    expect(entries[0]).toMatchObject({
      message: expect.stringContaining('broken'),
      error: { name: 'TypeError', code: 'E_X' },
    });
    expect(JSON.stringify(entries[0]).split('logger.spec').length).toBe(error.stack!.split('logger.spec').length);
  });

  it('have no stack where there is none', () => {
    const [entry] = json(logger => logger.error('full'));
    expect(Object.keys(entry!).sort()).toEqual(['context', 'level', 'message', 'timestamp']);
  });

  it('keep fatal, and leave out what is below the level', () => {
    const entries = json(logger => {
      logger.fatal('gone');
      logger.error('bad');
      logger.warn('odd');
      logger.log('well');
      logger.debug('detail');
    }, 'warn');
    expect(entries.map(({ level }) => level)).toEqual(['fatal', 'error', 'warn']);
  });

  it('can be written whatever the fields are', () => {
    const ring: Record<string, unknown> = { big: 1n };
    ring['self'] = ring;
    const [entry] = json(logger => logger.log({ message: 'x', ring, none: undefined, bytes: Buffer.alloc(3) }));
    expect(entry).toMatchObject({ message: 'x', bytes: '[3 bytes]', ring: { big: '1' } });
  });
});

describe('logs for people', () => {
  it('are one line: time, level, where, what, fields', () => {
    expect(pretty(logger => logger.warn({ message: 'refused', requestId: 'r1', status: 422 }))).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}Mocks refused requestId=r1 status=422\n$/,
    );
  });

  it('have the stack below', () => {
    expect(pretty(logger => logger.error('it broke', 'Error: it broke\n    at here'))).toMatch(
      / ERROR Mocks it broke\nError: it broke\n {4}at here\n$/,
    );
  });

  it('let nobody begin a line or steer the terminal from within a message', () => {
    const line = pretty(logger => logger.log({ message: 'GET /a\n10:00:00.000 ERROR forged \u001b[2J', name: 'b\rc' }));
    expect(line.split('\n')).toHaveLength(2);
    expect(line).toContain('GET /a\\n10:00:00.000 ERROR forged \\u001b[2J name=b\\u000dc');
  });

  it('are coloured only where asked', () => {
    const paint = (colour: boolean): string => {
      const entry = prettyFormat({ colour }).transform({
        level: 'error',
        message: 'x',
        [Symbol.for('level')]: 'error',
      });
      return String((entry as Record<symbol, unknown>)[Symbol.for('message')]);
    };
    expect(paint(true)).toContain('\u001b[31mERROR\u001b[0m');
    expect(paint(false)).not.toContain('\u001b');
  });
});
