import { Turns } from '@mock-server/database';
import { learnWords, readJson, type CatalogMock, type ResponseSpec, type Vocabulary } from '@mock-server/engine';
import { responsesOf } from './drift-judge';

const maxMocks = 5_000;
const maxTextLength = 262_144;

/** The words that mocks answer with in fields of choice, such as `status`: what one of them knows is new to none. */
export async function wordsOf(mocks: Iterable<CatalogMock>): Promise<Vocabulary> {
  const words = new Map<string, Set<string>>();
  const turns = new Turns();
  let looked = 0;
  for (const mock of mocks) {
    if (++looked > maxMocks) break;
    await turns.pause();
    for (const { spec } of responsesOf(mock.mapping)) learnWords(bodyOf(spec), words);
  }
  return words;
}

function bodyOf({ body, jsonBody }: ResponseSpec): unknown {
  if (body === undefined) return jsonBody;
  const reading = body.length <= maxTextLength ? readJson(body) : undefined;
  return reading?.isJson === true ? reading.value : undefined;
}
