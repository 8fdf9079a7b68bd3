import 'reflect-metadata';
import { accessOf } from '@mock-server/http';
import { readConfig } from '@mock-server/config';
import { Controller, Get, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA } from '@nestjs/common/constants';
import { type DynamicModule } from '@nestjs/common';
import { MetadataScanner, Reflector } from '@nestjs/core';
import { AppModule } from '../apps/server/src/app.module';

type ModuleLike = Type | DynamicModule | Promise<DynamicModule>;

/** Every controller of a module and of what it imports. */
async function controllersOf(root: ModuleLike, seen = new Set<unknown>()): Promise<Type[]> {
  const one = await root;
  if (seen.has(one)) return [];
  seen.add(one);
  const module = 'module' in one ? one.module : one;
  const more: Partial<DynamicModule> = 'module' in one ? one : {};
  const read = <T>(key: string): T[] => (Reflect.getMetadata(key, module) as T[] | undefined) ?? [];
  const own = [...read<Type>(MODULE_METADATA.CONTROLLERS), ...(more.controllers ?? [])];
  const imports = [...read<ModuleLike>(MODULE_METADATA.IMPORTS), ...((more.imports ?? []) as ModuleLike[])];
  const below = await Promise.all(imports.map(next => controllersOf(next, seen)));
  return [...own, ...below.flat()];
}

/** Routes that say neither `@Access`, `@SignedIn` nor `@Public`. */
function undeclared(controllers: readonly Type[]): string[] {
  const reflector = new Reflector();
  return controllers.flatMap(controller =>
    new MetadataScanner()
      .getAllMethodNames(controller.prototype as object)
      .filter(name => {
        const handler = (controller.prototype as Record<string, () => void>)[name]!;
        const isRoute = Reflect.getMetadata(METHOD_METADATA, handler) !== undefined;
        return isRoute && accessOf(reflector, handler, controller) === undefined;
      })
      .map(name => `${controller.name}.${name}`),
  );
}

test('every route says who may call it', async () => {
  const controllers = await controllersOf(AppModule.of(readConfig({})));
  expect(controllers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['MappingsController', 'JournalController', 'AuthController', 'DocsController']),
  );
  expect(undeclared(controllers)).toEqual([]);
});

test('one that does not is found', () => {
  @Controller('silent')
  class SilentController {
    @Get()
    forgotten(this: void): void {}
  }
  expect(undeclared([SilentController])).toEqual(['SilentController.forgotten']);
});
