import { type BackendSettings } from '@mock-server/workspaces';
import { type BackendPool, BackendPools } from './backend-pools';
import { type OutboundGate } from './outbound-gate';
import { aGate } from './spec-backends';

function poolAt(
  gate: OutboundGate,
  pools: BackendPools,
  port: number,
  settings?: BackendSettings,
): BackendPool | undefined {
  const decision = gate.decide(`http://127.0.0.1:${port}`);
  const opened = decision.allowed ? pools.of(decision.target, settings) : undefined;
  return opened === undefined || 'kind' in opened ? undefined : opened;
}

describe('the pools of backends', () => {
  it('are one a backend and bounded: the longest idle one makes room', async () => {
    const { gate, config } = aGate();
    const pools = new BackendPools(config, gate);
    const at = (port: number): BackendPool | undefined => poolAt(gate, pools, port);
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

  it('are shared by settings that concern no connection, and not by others', async () => {
    const { gate, config } = aGate();
    const pools = new BackendPools(config, gate);
    const usual = poolAt(gate, pools, 20_000);
    expect(poolAt(gate, pools, 20_000, { host: 'client' })).toBe(usual);
    expect(poolAt(gate, pools, 20_000, { maxConnections: 3 })).not.toBe(usual);
    expect(poolAt(gate, pools, 20_000, { tls: { insecure: true } })).not.toBe(usual);
    await pools.onApplicationShutdown();
  });

  it('refuse another backend when all are in use', async () => {
    const { gate, config } = aGate();
    const pools = new BackendPools(config, gate);
    const open = (port: number): BackendPool | undefined => poolAt(gate, pools, port);
    for (let port = 20_000; port < 20_100; port++) void open(port)?.slots.take(new AbortController().signal);
    expect(open(20_100)).toBeUndefined();
    await pools.onApplicationShutdown();
  });
});
