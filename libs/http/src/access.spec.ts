import { Reflector } from '@nestjs/core';
import { Access, accessOf, Public } from './access';

@Access('viewer')
class Declared {
  inherits(this: void): void {}

  @Access('owner')
  stricter(this: void): void {}

  @Public()
  open(this: void): void {}
}

class Silent {
  forgotten(this: void): void {}
}

describe('what a route declares', () => {
  it.each([
    ['of its class, if it says nothing itself', Declared.prototype.inherits, Declared, 'viewer'],
    ['of its own before its class', Declared.prototype.stricter, Declared, 'owner'],
    ['that it is public', Declared.prototype.open, Declared, 'public'],
    ['is nothing if nobody said anything', Silent.prototype.forgotten, Silent, undefined],
  ])('%s', (_name, handler, controller, rule) => {
    expect(accessOf(new Reflector(), handler, controller)).toBe(rule);
  });
});
