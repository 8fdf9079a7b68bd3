import { type Config } from '@mock-server/config';
import { MockCatalog } from '@mock-server/mocks';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { type RunningServer } from './app.setup';
import { version } from './installation';

/** A few lines that say where everything is. */
export function banner(config: Config, { app, trafficPort, consolePort }: RunningServer): string {
  const host =
    config.host === '0.0.0.0' || config.host === '::'
      ? 'localhost'
      : config.host.includes(':')
        ? `[${config.host}]`
        : config.host;
  const traffic = `http://${host}:${trafficPort}`;
  const page = `http://${host}:${consolePort}`;
  return [
    `mock-server ${version} is listening (${(performance.now() / 1_000).toFixed(1)} s)`,
    `  mocks      ${traffic}`,
    `  admin API  ${config.adminOnTrafficPort ? traffic : page}/__admin   docs ${page}/__admin/docs`,
    `  console    ${page}   health ${page}/health   metrics ${page}/metrics`,
    `  storage    ${storageOf(config)}, ${countMocks(app)} loaded`,
    ...sharingOf(config),
    ...(config.mappingsDir === undefined ? [] : [`  files      ${config.mappingsDir} (reloaded on change)`]),
    `  a miss     ${config.backendUrl === undefined ? 'answers 404 with the nearest mocks (set BACKEND_URL to pass it on)' : `goes on to ${config.backendUrl}`}`,
    `  auth       ${config.auth === 'off' ? `off: whoever reaches ${config.host} may change mocks` : `on: sign in with POST ${page}/__admin/auth/sign-in`}`,
  ].join('\n');
}

function storageOf({ database }: Config): string {
  return database.kind === 'sqlite' ? `SQLite ${database.file}` : 'PostgreSQL';
}

/** SQLite is for one replica, which shares nothing. */
function sharingOf({ database, redisUrl }: Config): string[] {
  if (database.kind === 'sqlite') return [];
  const how =
    redisUrl === undefined
      ? 'each has its own state, journal and cache: set REDIS_URL to run more than one'
      : 'share state, journal and cache in Redis';
  return [`  replicas   ${how}`];
}

function countMocks(app: RunningServer['app']): string {
  const catalogs = app.get(MockCatalog, { strict: false });
  const workspaces = app.get(WorkspaceDirectory, { strict: false }).all();
  const mocks = workspaces.reduce((sum, { id }) => sum + (catalogs.catalogOf(id)?.size ?? 0), 0);
  return `${mocks} ${mocks === 1 ? 'mock' : 'mocks'}`;
}
