import type { FastifyReply } from 'fastify';
import type { RequestOrigin } from './request-origin';
import { ACCESS_COOKIE, REFRESH_COOKIE } from './session-cookies';
import type { Session } from './sessions';

/** The session as the caller wants it: in the answer, or for a browser in cookies that no script can read. */
export function answerSession(
  reply: FastifyReply,
  session: Session,
  {
    isSecure,
    asCookie,
    more = [],
  }: Pick<RequestOrigin, 'isSecure'> & { readonly asCookie: boolean | undefined; readonly more?: readonly string[] },
): Omit<Session, 'refreshToken'> & { readonly refreshToken?: string } {
  if (asCookie !== true) return session;
  const { refreshToken, ...rest } = session;
  void reply.header('set-cookie', [
    ACCESS_COOKIE.write(session.accessToken, { maxAgeSeconds: session.expiresInSeconds, isSecure }),
    REFRESH_COOKIE.write(refreshToken, { maxAgeSeconds: session.refreshExpiresInSeconds, isSecure }),
    ...more,
  ]);
  return rest;
}

export function removeCookies(reply: FastifyReply): void {
  void reply.header('set-cookie', [...ACCESS_COOKIE.remove(), ...REFRESH_COOKIE.remove()]);
}
