import { CONFIG, type Config } from '@mock-server/config';
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { connectionOptions, ServerDataSource } from './data-source';
import { Database } from './database';

@Module({})
export class DatabaseModule {
  /** Needs the global CONFIG. Rooms add their entities with `TypeOrmModule.forFeature`. */
  static forRoot(): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [CONFIG],
          useFactory: (config: Config) => ({
            ...connectionOptions(config.database),
            autoLoadEntities: true,
            // The start must not hang on the database: `Database` connects, and goes on trying.
            manualInitialization: true,
          }),
          dataSourceFactory: options => {
            if (options === undefined) throw new Error('TypeORM was given no options');
            return Promise.resolve(new ServerDataSource(options));
          },
        }),
      ],
      providers: [Database],
      exports: [Database],
    };
  }
}
