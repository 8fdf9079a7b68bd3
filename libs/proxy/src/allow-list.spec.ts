import { readAddress } from './address';
import { AllowList } from './allow-list';

const at = (text: string): NonNullable<ReturnType<typeof readAddress>> => readAddress(text)!;

describe('OUTBOUND_ALLOW', () => {
  it('allows a host on any port, but no port that is refused otherwise', () => {
    const list = new AllowList(['Api.Internal.']);
    expect(list.allowsAddress('api.internal', 8080, at('10.0.0.1'))).toBe(true);
    expect(list.allowsAddress('other.internal', 8080, at('10.0.0.1'))).toBe(false);
    expect(list.allowsPort('api.internal', 9200)).toBe(false);
  });

  it('allows exactly a host:port pair', () => {
    const list = new AllowList(['search.internal:9200', '10.0.0.9:5432', '[fd00::5]:8080']);
    expect(list.allowsPort('search.internal', 9200)).toBe(true);
    expect(list.allowsAddress('search.internal', 9201, at('10.0.0.1'))).toBe(false);
    expect(list.allowsPort('10.0.0.9', 5432)).toBe(true);
    expect(list.allowsAddress('fd00::5', 8080, at('fd00::5'))).toBe(true);
  });

  it('allows an address however a name leads there', () => {
    expect(new AllowList(['10.0.0.1']).allowsAddress('any.test', 80, at('::ffff:10.0.0.1'))).toBe(true);
  });

  it('allows a range and nothing beside it', () => {
    const list = new AllowList(['10.1.0.0/16', 'fd00:1::/32']);
    expect(list.allowsAddress('a', 80, at('10.1.200.3'))).toBe(true);
    expect(list.allowsAddress('a', 80, at('10.2.0.1'))).toBe(false);
    expect(list.allowsAddress('a', 80, at('fd00:1::9'))).toBe(true);
    expect(list.allowsAddress('a', 80, at('127.0.0.1'))).toBe(false);
  });

  it('names the entries that mean nothing', () => {
    expect(
      new AllowList(['10.0.0.0/99', 'http://a', 'a:99999', 'a b', '*', '[nonsense]:1', 'fine']).unreadable,
    ).toEqual(['10.0.0.0/99', 'http://a', 'a:99999', 'a b', '*', '[nonsense]:1']);
  });
});
