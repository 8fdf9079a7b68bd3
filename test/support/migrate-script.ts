// In a process of its own: migrates the database given as JSON and prints the names of the migrations it ran.
import 'reflect-metadata';
import type { DatabaseConfig } from '@mock-server/config';
import { migrateOnce } from '@mock-server/database';

void migrateOnce(JSON.parse(process.argv[2] ?? '') as DatabaseConfig).then(names => console.log(names.join(' ')));
