import { breathe } from '@mock-server/database';
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { sliceSize } from './slices';

type Pages = AsyncGenerator<readonly object[]>;

/**
 * `{ mappings, meta: { total } }`. A long list is written as it is read: nobody waits for all of it to become text, and it never
 * stands in memory whole. Without a `total`, what is listed is counted.
 */
export async function answerList(pages: Pages, total?: number): Promise<object> {
  const mappings: object[] = [];
  while (mappings.length <= sliceSize) {
    const page = await pages.next();
    if (page.done === true) return { mappings, meta: { total: total ?? mappings.length } };
    mappings.push(...page.value);
  }
  return new StreamableFile(Readable.from(textOf(mappings, pages, total), { objectMode: false }), {
    type: 'application/json; charset=utf-8',
  });
}

async function* textOf(first: readonly object[], rest: Pages, total: number | undefined): AsyncGenerator<Buffer> {
  let count = 0;
  const write = (page: readonly object[]): Buffer => {
    const text = page.map(mapping => `${count++ === 0 ? '' : ','}${JSON.stringify(mapping)}`).join('');
    return Buffer.from(text);
  };
  yield Buffer.from('{"mappings":[');
  yield write(first);
  for await (const page of rest) {
    if (page.length > 0) yield write(page);
    await breathe();
  }
  yield Buffer.from(`],"meta":{"total":${total ?? count}}}`);
}
