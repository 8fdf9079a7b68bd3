import { SharedOrder, type OrderMark } from './shared-order';

/** Exchanges as they arrive, with the time at which each was: `a1` by replica a, `a` without a time, `-` of an older version. */
const ordered = (arrivals: string): string => {
  const order = new SharedOrder();
  const exchanges = arrivals.split(' ').map((name, i) => ({ name, i, time: order.timeOf(markOf(name)) }));
  return exchanges
    .sort((x, y) => x.time - y.time || x.i - y.i)
    .map(({ name }) => name)
    .join(' ');
};

const markOf = (name: string): OrderMark =>
  name === '-' ? {} : { by: name[0]!, writtenAt: name.length > 1 ? Number(name.slice(1)) : undefined };

describe('the order of what replicas share', () => {
  it.each([
    ['one that overtook another goes behind it', 'a1 c3 b2', 'a1 b2 c3'],
    ['what was away for long goes where it was', 'b5 b6 b7 a1 a2 a8', 'a1 a2 b5 b6 b7 a8'],
    ['those of the same time stay as they arrived', 'b1 a1 c1', 'b1 a1 c1'],
    ['without a time they stay as they arrived', 'a1 c b', 'a1 c b'],
    ['without a time they go behind what came before', 'a1 b5 - a6 - b7', 'a1 b5 - a6 - b7'],
    ['those of one replica never change their order', 'a5 b4 a3 a6', 'b4 a5 a3 a6'],
    ['nor where it does not know the time any more', 'a5 a b4 a6', 'b4 a5 a a6'],
    ['when Redis’s clock was set back they stay as they arrived', 'a105 b106 a7 b8 a9 b10', 'a105 b106 a7 b8 a9 b10'],
  ])('%s', (_, arrivals, expected) => expect(ordered(arrivals)).toBe(expected));
});
