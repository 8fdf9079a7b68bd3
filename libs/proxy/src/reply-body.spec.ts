import { ReplyBody } from './reply-body';

const limit = 10;

function bodyOf(...chunks: readonly string[]): { readonly body: ReplyBody; readonly aborts: Error[] } {
  const aborts: Error[] = [];
  const body = new ReplyBody({ resume: () => undefined, abort: reason => aborts.push(reason) });
  for (const chunk of chunks) body.push(Buffer.from(chunk));
  return { body, aborts };
}

async function textOf(body: ReplyBody): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the body of a reply, taken whole', () => {
  it('is given once all of it has come', () => {
    const { body, aborts } = bodyOf('hello', 'you');
    body.complete();
    expect(body.takeWhole(limit)?.toString()).toBe('helloyou');
    body.destroy();
    expect(aborts).toEqual([]);
  });

  it('is empty for a reply without one', () => {
    const { body } = bodyOf();
    body.complete();
    expect(body.takeWhole(limit)).toHaveLength(0);
  });

  it('is not given while some is missing, and can still be read to its end', async () => {
    const { body } = bodyOf('hel');
    expect(body.takeWhole(limit)).toBeUndefined();
    body.push(Buffer.from('lo'));
    body.complete();
    expect(await textOf(body)).toBe('hello');
  });

  it('is not given when it is longer than asked for, and can still be read', async () => {
    const { body } = bodyOf('hello', 'hello', '!');
    body.complete();
    expect(body.takeWhole(limit)).toBeUndefined();
    expect(await textOf(body)).toBe('hellohello!');
  });

  it('is not given when the backend broke off', () => {
    const { body } = bodyOf('hello');
    body.destroy(new Error('broken'));
    expect(body.takeWhole(limit)).toBeUndefined();
  });
});
