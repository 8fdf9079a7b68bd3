import { call, type Reply } from './http-call';

/** As much of a browser as a sign-in by redirects needs: it keeps cookies by path, follows redirects, and sends forms. */
export class Browser {
  private readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();
  /** Where it is. */
  url = '';

  get(url: string): Promise<Reply> {
    return this.go('GET', url);
  }

  /** Sends the form of the page that it shows. */
  submit(fields: Readonly<Record<string, string>>): Promise<Reply> {
    return this.go('POST', this.url, new URLSearchParams(fields).toString());
  }

  /** Follows redirects until there are no more, or until one leads below `stopAt`, which is not asked for. */
  async follow(reply: Reply, stopAt?: string): Promise<Reply> {
    let now = reply;
    for (let hops = 0; now.headers.location !== undefined && hops < 20; hops++) {
      const next = new URL(now.headers.location, this.url).href;
      if (stopAt !== undefined && next.startsWith(stopAt)) {
        this.url = next;
        return now;
      }
      now = await this.get(next);
    }
    return now;
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name)?.value;
  }

  forgetCookies(): void {
    this.cookies.clear();
  }

  private async go(method: string, url: string, form?: string): Promise<Reply> {
    const { origin, pathname, search } = new URL(url);
    this.url = url;
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const reply = await call(origin, `${method} ${pathname}${search}`, {
      ...(form !== undefined && { body: Buffer.from(form) }),
      headers: {
        ...(cookie !== '' && { cookie }),
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
    for (const line of reply.headers['set-cookie'] ?? []) this.keep(line);
    return reply;
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    const path = attributes.find(one => /^path=/i.test(one))?.slice(5) ?? '/';
    const isGone = value === '' || attributes.some(one => /^max-age=0$/i.test(one));
    if (isGone) this.cookies.delete(name);
    else this.cookies.set(name, { value, path });
  }
}
