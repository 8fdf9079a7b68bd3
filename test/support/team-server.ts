import { join } from 'node:path';
import { call, type CallOptions, type Reply } from './http-call';
import { createTestDatabase } from './postgres';
import { makeScratch } from './scratch';
import { startServer, type ServerEnv, type TestServer } from './server';

export const JWT_SECRET = 'kG7v2QpXw9RzT4yLm8NcB1sDf6HjKe3UoVi5AtZx';
export const ADMIN = { email: 'root@example.test', password: 'correct horse battery' } as const;

/** Sends admin requests with one credential. `as('POST /mappings', body)`: below `/__admin`. */
export type Person = (line: string, body?: unknown, options?: CallOptions) => Promise<Reply>;

export interface TeamServer {
  readonly server: TestServer;
  readonly env: ServerEnv;
  /** Nobody in particular. */
  readonly stranger: Person;
  readonly admin: Person;
  /** Another replica on the same database. */
  replica(): Promise<TestServer>;
  stop(): Promise<void>;
}

/** A server with sign-in on a database of its own, and its first admin signed in. */
export async function startTeamServer(dialect: 'sqlite' | 'postgres', more: ServerEnv = {}): Promise<TeamServer> {
  const scratch = await makeScratch();
  const database = dialect === 'postgres' ? await createTestDatabase() : undefined;
  const env = {
    DATABASE_URL: database?.url ?? `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: scratch.folder,
    AUTH: 'on',
    JWT_SECRET,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    ADMIN_REQUESTS_PER_SECOND: '0',
    ...more,
  };
  const server = await startServer(env);
  const others: TestServer[] = [];
  const { accessToken } = await firstSignIn(server);
  return {
    server,
    env,
    stranger: person(server),
    admin: person(server, accessToken),
    replica: async () => {
      const other = await startServer({ ...env, DATA_DIR: join(scratch.folder, `replica-${others.length}`) });
      others.push(other);
      return other;
    },
    stop: async () => {
      await Promise.all([server, ...others].map(one => one.stop()));
      await database?.drop();
      await scratch.remove();
    },
  };
}

export function person(server: TestServer, token?: string): Person {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (line, body, options = {}) => {
    const [method, path] = line.split(' ');
    const headers = { ...authorization, ...options.headers };
    return call(server.consoleUrl, `${method} /__admin${path}`, { ...options, body, headers });
  };
}

export interface TestSession {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export async function signIn(server: TestServer, email: string, password: string): Promise<TestSession> {
  const { status, json, text } = await person(server)('POST /auth/sign-in', { email, password });
  if (status !== 200) throw new Error(`${email} cannot sign in: ${status} ${text}`);
  return json as TestSession;
}

/** The admin of the settings is made in the background, as soon as the database is up. */
async function firstSignIn(server: TestServer): Promise<TestSession> {
  const end = Date.now() + 15_000;
  for (;;) {
    const { json } = await person(server)('GET /auth/options');
    if (json?.needsSetup === false) return signIn(server, ADMIN.email, ADMIN.password);
    if (Date.now() > end) throw new Error(`There is no admin after 15 s:\n${server.output()}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

export interface Invited extends TestSession {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly as: Person;
}

/** Somebody with an account and a role, by the way a person gets one: an invitation. */
export async function invite(
  { server, admin }: TeamServer,
  { email, role, workspace = 'default' }: { email: string; role?: string; workspace?: string },
): Promise<Invited> {
  const password = `password of ${email} 123`;
  const invitation =
    role === undefined
      ? await admin('POST /users/invitations', { email })
      : await admin(`POST /workspaces/${workspace}/invitations`, { email, role });
  const accepted = await person(server)('POST /auth/links/accept', { token: invitation.json.token, password });
  if (accepted.status !== 200) throw new Error(`${email} cannot accept: ${accepted.text}`);
  const session = accepted.json as TestSession;
  const as = person(server, session.accessToken);
  return { ...session, email, password, as, id: (await as('GET /auth/me')).json.id };
}
