import { CONFIG, type Config } from '@mock-server/config';
import { DatabaseModule } from '@mock-server/database';
import { type INestApplicationContext, type ModuleMetadata, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

type Imports = NonNullable<ModuleMetadata['imports']>;

/** Starts the given rooms on a database, without HTTP. Close it when done. */
export async function startContext(config: Partial<Config>, imports: Imports = []): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(roomsOn(config, imports), { logger: false, abortOnError: false });
}

const state = { maxValues: 1_000, maxItems: 1_000, maxInstances: 1_000, maxBytes: 1_000_000, sharedForMs: 0 };
const sessions = { maxPerWorkspace: 100, maxMocks: 100, ttlMs: 3_600_000 };

/** A root module with the database, the given rooms and a configuration that states only what matters. */
export function roomsOn(config: Partial<Config>, imports: Imports): Type {
  @Module({ providers: [{ provide: CONFIG, useValue: { state, sessions, ...config } }], exports: [CONFIG] })
  class TestConfigModule {}

  @Module({
    imports: [{ module: TestConfigModule, global: true }, DatabaseModule.forRoot(), ...imports],
  })
  class TestModule {}

  return TestModule;
}
