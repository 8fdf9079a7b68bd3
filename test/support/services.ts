import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written by prepare.mjs: where the services are that it found or started. */
const FILE = join(__dirname, '../../node_modules/.cache/mock-server-test-services.json');

const DEFAULTS = {
  postgres: 'postgresql://postgres@127.0.0.1:5432/postgres',
  redis: 'redis://127.0.0.1:6379',
};

/** The address of a service for the tests: the environment's, else the one prepare.mjs wrote down, else the usual one. */
export function serviceUrl(name: keyof typeof DEFAULTS): string {
  return process.env[`TEST_${name.toUpperCase()}_URL`] ?? written()[name] ?? DEFAULTS[name];
}

function written(): Partial<Record<keyof typeof DEFAULTS, string>> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as ReturnType<typeof written>;
  } catch {
    return {};
  }
}
