import { DatabaseUnavailableError } from './database-errors';
import { Turnstile } from './turnstile';

function aGate(): { open: () => void; wait: () => Promise<void> } {
  let open = (): void => undefined;
  const gate = new Promise<void>(resolve => (open = resolve));
  return { open, wait: () => gate };
}

describe('Turnstile', () => {
  it('lets as many in as it has places, and the others in their order', async () => {
    const turnstile = new Turnstile({ places: 2, maxWaiting: 10, maxWaitMs: 10_000 });
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5].map(number =>
        turnstile.pass(async () => {
          order.push(number);
          most = Math.max(most, ++inside);
          await new Promise(resolve => setImmediate(resolve));
          inside--;
        }),
      ),
    );
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
    expect(turnstile.isIdle).toBe(true);
  });

  it('turns away whoever finds the queue full', async () => {
    const turnstile = new Turnstile({ places: 1, maxWaiting: 1, maxWaitMs: 10_000 });
    const gate = aGate();
    const first = turnstile.pass(gate.wait);
    const second = turnstile.pass(gate.wait);
    await expect(turnstile.pass(gate.wait)).rejects.toThrow(DatabaseUnavailableError);
    gate.open();
    await Promise.all([first, second]);
  });

  it('turns away whoever waited too long, and does not run their work later', async () => {
    const turnstile = new Turnstile({ places: 1, maxWaiting: 5, maxWaitMs: 20 });
    const gate = aGate();
    const first = turnstile.pass(gate.wait);
    const late = jest.fn(() => Promise.resolve());
    await expect(turnstile.pass(late)).rejects.toThrow(/busy for 0.02 seconds/);
    gate.open();
    await first;
    await turnstile.pass(() => Promise.resolve());
    expect(late).not.toHaveBeenCalled();
  });

  it('lets upkeep in with the queue full, and every second time', async () => {
    const turnstile = new Turnstile({ places: 1, maxWaiting: 3, maxWaitMs: 10_000 });
    const gate = aGate();
    const order: string[] = [];
    const note = (name: string) => async () => {
      await Promise.resolve();
      order.push(name);
    };
    const all = [
      turnstile.pass(gate.wait),
      ...['one', 'two', 'three'].map(name => turnstile.pass(note(name))),
      ...['a', 'b'].map(name => turnstile.pass(note(name), 'upkeep')),
    ];
    gate.open();
    await Promise.all(all);
    expect(order).toEqual(['a', 'one', 'b', 'two', 'three']);
    expect(turnstile.isIdle).toBe(true);
  });

  it('frees the place of work that fails', async () => {
    const turnstile = new Turnstile({ places: 1, maxWaiting: 0, maxWaitMs: 10 });
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turnstile.pass(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
