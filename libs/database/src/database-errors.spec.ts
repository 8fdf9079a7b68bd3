import { QueryFailedError } from 'typeorm';
import { DatabaseUnavailableError, translateError } from './database-errors';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe('translateError', () => {
  it.each([
    ['57P01', /not reachable/],
    ['57P03', /not reachable/],
    ['08006', /not reachable/],
    ['ECONNREFUSED', /not reachable/],
    ['ECONNRESET', /not reachable/],
    ['57014', /too busy/],
    ['55P03', /too busy/],
    ['53300', /too busy/],
    ['53100', /disk of the database is full/],
    ['SQLITE_FULL', /disk of the database is full/],
    ['SQLITE_IOERR_WRITE', /disk of the database reports an error/],
    ['SQLITE_BUSY', /too busy/],
    ['25006', /read-only/],
    ['SQLITE_CORRUPT', /own state/],
  ])('says %s in a sentence, also from inside TypeORM', (code, sentence) => {
    for (const error of [withCode(code), new QueryFailedError('SELECT', [], withCode(code))]) {
      const translated = translateError(error) as Error;
      expect(translated).toBeInstanceOf(DatabaseUnavailableError);
      expect(translated.message).toMatch(sentence);
      expect(translated.cause).toBe(error);
    }
  });

  it.each(['Connection terminated unexpectedly', 'Query read timeout', 'timeout expired'])(
    'knows "%s", which has no code',
    message => {
      expect(translateError(new QueryFailedError('SELECT', [], new Error(message)))).toBeInstanceOf(
        DatabaseUnavailableError,
      );
    },
  );

  it.each([
    new SyntaxError('Unterminated string in JSON'),
    withCode('23505'),
    withCode('42601'),
    Object.assign(new Error('x'), { problem: 'mock-not-found', code: 'ECONNRESET' }),
  ])('leaves %s alone', error => {
    expect(translateError(error)).toBe(error);
  });
});
