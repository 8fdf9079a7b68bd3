import type { IncomingMessage } from 'node:http';
import { CONFIG, type Config } from '@mock-server/config';
import { ClientAddresses } from '@mock-server/http';
import { createParamDecorator, type ExecutionContext, Inject, Injectable, type PipeTransform } from '@nestjs/common';

/** Where a request comes from. */
export interface RequestOrigin {
  readonly address: string;
  /** The User-Agent, cut. */
  readonly client: string;
  /** Whether the browser speaks TLS, to us or to a proxy in front. Only decides how a cookie is marked. */
  readonly isSecure: boolean;
  readonly request: IncomingMessage;
}

@Injectable()
export class RequestOriginPipe implements PipeTransform<IncomingMessage, RequestOrigin> {
  private readonly addresses: ClientAddresses;

  constructor(@Inject(CONFIG) config: Pick<Config, 'trustedProxies'>) {
    this.addresses = new ClientAddresses(config.trustedProxies);
  }

  transform(request: IncomingMessage): RequestOrigin {
    return {
      address: this.addresses.of(request).slice(0, 64),
      client: (request.headers['user-agent'] ?? '').slice(0, 200),
      isSecure: request.headers['x-forwarded-proto'] === 'https' || 'encrypted' in request.socket,
      request,
    };
  }
}

const rawRequest = createParamDecorator(
  (_data: unknown, context: ExecutionContext): IncomingMessage =>
    context.switchToHttp().getRequest<{ raw: IncomingMessage }>().raw,
);

/** Controller parameter `@From() origin: RequestOrigin`. */
export const From = (): ParameterDecorator => rawRequest(RequestOriginPipe);
