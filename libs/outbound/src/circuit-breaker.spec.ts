import { CircuitBreaker } from './circuit-breaker';

function failTimes(breaker: CircuitBreaker, times: number, now: number): void {
  for (let i = 0; i < times; i++) breaker.end(breaker.admit(now) ?? 'usual', 'failed', now);
}

describe('a circuit breaker', () => {
  it('lets calls through until so many have failed in a row', () => {
    const breaker = new CircuitBreaker(3);
    failTimes(breaker, 2, 0);
    breaker.end('usual', 'answered', 0);
    failTimes(breaker, 2, 0);
    expect(breaker.admit(0)).toBe('usual');
    failTimes(breaker, 1, 0);
    expect(breaker.isOpen).toBe(true);
    expect(breaker.admit(0)).toBeUndefined();
  });

  it('lets one call through when the rest is over; its success closes it', () => {
    const breaker = new CircuitBreaker(1);
    failTimes(breaker, 1, 0);
    expect(breaker.admit(999)).toBeUndefined();
    expect(breaker.admit(1_000)).toBe('probe');
    expect(breaker.admit(1_000)).toBeUndefined();
    breaker.end('probe', 'answered', 1_010);
    expect(breaker.admit(1_011)).toBe('usual');
  });

  it('rests twice as long each time the probe fails, up to 15 seconds', () => {
    const breaker = new CircuitBreaker(1);
    failTimes(breaker, 1, 0);
    let now = 0;
    const rests: number[] = [];
    for (let round = 0; round < 6; round++) {
      const from = now;
      while (breaker.admit(now) === undefined) now += 500;
      rests.push(now - from);
      breaker.end('probe', 'failed', now);
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('lets another probe through when one came to nothing', () => {
    const breaker = new CircuitBreaker(1);
    failTimes(breaker, 1, 0);
    expect(breaker.admit(2_000)).toBe('probe');
    breaker.end('probe', 'neither', 2_000);
    expect(breaker.admit(2_001)).toBe('probe');
  });

  it('does not rest longer for calls that were under way when it opened', () => {
    const breaker = new CircuitBreaker(1);
    failTimes(breaker, 1, 0);
    breaker.end('usual', 'failed', 900);
    expect(breaker.admit(1_000)).toBe('probe');
  });

  it('never opens when it is switched off', () => {
    const breaker = new CircuitBreaker(0);
    failTimes(breaker, 1_000, 0);
    expect(breaker.admit(0)).toBe('usual');
  });
});
