import { Injectable } from '@nestjs/common';
import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { type Call } from './call';
import { MockReply } from './mock-reply';
import { StatefulReplies } from './stateful-replies';

/** What a hit answers: the mock's reply, after its state actions or as a resource where it has any. */
@Injectable()
export class HitReply {
  constructor(
    private readonly replies: MockReply,
    private readonly stateful: StatefulReplies,
  ) {}

  send(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    return mock.isStateful ? this.stateful.send(call, request, mock) : this.replies.send(call, request, mock);
  }
}
