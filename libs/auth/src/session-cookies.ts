/**
 * The console's cookies. Their names begin as `libs/traffic` knows them: cookies ignore ports, so they come along to
 * the traffic port, where they are taken out. `SameSite=Strict` keeps them from requests that other sites make.
 */
class SessionCookie {
  constructor(
    private readonly name: string,
    private readonly path: string,
    private readonly sameSite: 'Strict' | 'Lax' = 'Strict',
  ) {}

  read(header: string): string | undefined {
    for (const part of header.split(';')) {
      const equals = part.indexOf('=');
      const name = part.slice(0, equals).trim();
      if (name === `__${this.name}` || name === `__Secure-${this.name}`) return part.slice(equals + 1).trim();
    }
    return undefined;
  }

  write(
    value: string,
    { maxAgeSeconds, isSecure }: { readonly maxAgeSeconds: number; readonly isSecure: boolean },
  ): string {
    const name = isSecure ? `__Secure-${this.name}` : `__${this.name}`;
    const secure = isSecure ? '; Secure' : '';
    return `${name}=${value}; Path=${this.path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=${this.sameSite}${secure}`;
  }

  /** Both names: nobody knows any more which one was set. */
  remove(): string[] {
    return [false, true].map(isSecure => this.write('', { maxAgeSeconds: 0, isSecure }));
  }
}

/** Opens reads of the admin API to what cannot send a header: the API document's page, event streams, downloads. */
export const ACCESS_COOKIE = new SessionCookie('mock_server_access', '/__admin');
export const REFRESH_COOKIE = new SessionCookie('mock_server_refresh', '/__admin/auth');
/** Comes back with a browser that another site, the provider, sends here: so not `Strict`. It opens nothing by itself. */
export const OIDC_COOKIE = new SessionCookie('mock_server_oidc', '/__admin/auth/oidc', 'Lax');
