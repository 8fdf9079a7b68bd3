import { type Config } from '@mock-server/config';
import { JWT_SECRET } from './team-server';

/** Sign-in with an email and a password, and nothing else. */
export const signInConfig = {
  auth: 'on',
  signIn: {
    jwtSecret: JWT_SECRET,
    previousJwtSecret: undefined,
    firstAdmin: undefined,
    oidc: undefined,
    accessTokenSeconds: 900,
    refreshTokenSeconds: 86_400,
    requestsPerSecond: 0,
  },
} as const satisfies Partial<Config>;

/** Where somebody signs in from. */
export const anOrigin = { address: '192.0.2.1', client: '', isSecure: false, request: {} as never };
