import { NestFactory } from '@nestjs/core';
import { ConfigModule, readConfig } from '@mock-server/config';
import { MetricsModule } from '@mock-server/metrics';
import { BackendClient } from './backend-client';
import { ProxyModule } from './proxy.module';
import { aBackend, aRequest, answered, bytesOf, closeAll } from './spec-backends';

afterEach(closeAll);

it('the module gives a client that calls backends until the application is shut down', async () => {
  const module = {
    module: class Root {},
    imports: [ConfigModule.forRoot(readConfig({})), MetricsModule.forRoot(), ProxyModule],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const client = app.get(BackendClient);
  const backendUrl = await aBackend((_request, response) => response.end('ok'));
  const reply = await answered(client, aRequest({ backendUrl }));
  expect(String(await bytesOf(reply.body))).toBe('ok');
  await app.close();
  expect(await client.forward(aRequest({ backendUrl }))).toMatchObject({ kind: 'failed', problem: 'overloaded' });
});
