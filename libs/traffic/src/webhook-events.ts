import { requestFrom, type WebhookCall } from '@mock-server/engine';
import { viewReply, viewRequest, type SubEvent } from '@mock-server/journal';
import { type OutboundReply } from '@mock-server/proxy';

type Told = Pick<SubEvent, 'type' | 'data'>;

/** A webhook's request as WireMock's journal shows it. Longer bodies are cut. */
export function requestEvent({ method, url, headers, body }: WebhookCall, maxBodyBytes: number): Told {
  const { pathname, search, protocol, hostname, port } = new URL(url);
  const scheme = protocol.replace(':', '');
  const request = requestFrom({
    method,
    url: pathname + search,
    rawHeaders: [...headers],
    body: body?.slice(0, maxBodyBytes) ?? new Uint8Array(0),
  });
  const { clientIp: _clientIp, protocol: _protocol, ...view } = viewRequest(request, Date.now());
  const isDefault = port === '';
  return {
    type: 'WEBHOOK_REQUEST',
    data: {
      ...view,
      absoluteUrl: url,
      scheme,
      host: hostname,
      port: isDefault ? (scheme === 'https' ? 443 : 80) : Number(port),
    },
  };
}

export function responseEvent({ status, rawHeaders, body }: OutboundReply): Told {
  return { type: 'WEBHOOK_RESPONSE', data: viewReply({ status, headers: rawHeaders, body, ownsBody: true }) };
}

export function errorEvent(message: string): Told {
  return { type: 'ERROR', data: { message } };
}

export function warningEvent(message: string): Told {
  return { type: 'WARNING', data: { message } };
}
