import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { auditNoteOf, noteTarget } from './audit-note';

/** What a POST made has its id in the answer and not in the URL. */
@Injectable()
export class AuditTargetInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, raw } = context.switchToHttp().getRequest<{ method: string; raw: IncomingMessage }>();
    if (method !== 'POST' || auditNoteOf(raw) === undefined) return next.handle();
    return next.handle().pipe(
      tap(answer => {
        const made = nameOfMade(answer);
        if (made !== undefined) noteTarget(raw, made);
      }),
    );
  }
}

function nameOfMade(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { slug, id } = answer as { slug?: unknown; id?: unknown };
  return [slug, id].find(name => typeof name === 'string');
}
