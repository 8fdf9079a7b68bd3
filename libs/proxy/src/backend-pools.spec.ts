import { BackendPools } from './backend-pools';
import { aGate } from './spec-backends';

describe('the pools of backends', () => {
  it('are one a backend and bounded: the longest idle one makes room', async () => {
    const { gate, config } = aGate();
    const pools = new BackendPools(config, gate);
    const at = (port: number): ReturnType<BackendPools['of']> => {
      const decision = gate.decide(`http://127.0.0.1:${port}`);
      return decision.allowed ? pools.of(decision.target) : undefined;
    };
    const first = at(20_000);
    expect(at(20_000)).toBe(first);
    for (let port = 20_001; port < 20_150; port++) expect(at(port)).toBeDefined();
    expect(pools.size).toBe(100);
    expect(at(20_149)?.pool.closed).toBe(false);
    expect(first?.pool.closed).toBe(true);
    await pools.onApplicationShutdown();
    expect(pools.size).toBe(0);
    expect(at(20_000)).toBeUndefined();
  });

  it('refuse another backend when all are in use', async () => {
    const { gate, config } = aGate();
    const pools = new BackendPools(config, gate);
    const open = (port: number): ReturnType<BackendPools['of']> => {
      const decision = gate.decide(`http://127.0.0.1:${port}`);
      return decision.allowed ? pools.of(decision.target) : undefined;
    };
    for (let port = 20_000; port < 20_100; port++) void open(port)?.slots.take(new AbortController().signal);
    expect(open(20_100)).toBeUndefined();
    await pools.onApplicationShutdown();
  });
});
