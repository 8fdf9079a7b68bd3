import { stored } from '../../../test/support/random-mocks';
import { compileMock } from './catalog-mock';
import { requestFrom, type MockRequest } from './mock-request';
import { PathIndex } from './path-index';

const operations = 1_000;

function askFor(name: string): MockRequest {
  const body = Buffer.from(JSON.stringify({ query: `query ${name} { a }` }));
  return requestFrom({ method: 'POST', url: '/graphql', rawHeaders: ['Content-Type', 'application/json'], body });
}

test('of a thousand operations at one address, those with another name are not tried', () => {
  const index = new PathIndex();
  for (let position = 0; position < operations; position++) {
    const mapping = { request: { urlPath: '/graphql', graphql: { operationName: `Op${position}` } } };
    const reading = compileMock(stored({ id: `m${position}`, position, mapping }));
    if (!reading.ok) throw new Error(JSON.stringify(reading.mistakes));
    index.add(reading.mock);
  }
  expect(
    index
      .candidates(askFor('Op500'))
      .flat()
      .map(({ id }) => id),
  ).toEqual(['m500']);
  expect(index.candidates(askFor('Another')).flat()).toEqual([]);
});
