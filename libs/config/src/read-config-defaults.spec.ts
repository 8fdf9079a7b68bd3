import { resolve } from 'node:path';
import { readConfig } from './read-config';
import { settingNames } from './settings';

describe('with nothing set', () => {
  it('the server is one for a laptop: loopback, SQLite, memory, no sign-in', () => {
    expect(readConfig({}, { isTerminal: true })).toMatchObject({
      environment: 'development',
      warnings: [],
      host: '127.0.0.1',
      port: 4000,
      webUiPort: 4001,
      adminOnTrafficPort: true,
      workspaceDomain: undefined,
      auth: 'off',
      signIn: undefined,
      allowedHosts: ['localhost', '*.localhost'],
      trustedProxies: [],
      database: { kind: 'sqlite', file: resolve('data/mock-server.db') },
      redisUrl: undefined,
      backendUrl: undefined,
      mappingsDir: undefined,
      dataDir: resolve('data'),
      log: { level: 'info', format: 'pretty', dir: undefined, elasticsearchUrl: undefined },
      outboundAllow: [],
      shutdownDelayMs: 0,
    });
  });

  it('an empty variable counts as not set', () => {
    const empty = Object.fromEntries(settingNames.flatMap(name => [name, `${name}_FILE`]).map(name => [name, '']));
    expect(readConfig(empty, { isTerminal: false })).toEqual(readConfig({}, { isTerminal: false }));
  });
});
