import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Journal } from '@mock-server/journal';
import { ResetHooks } from '@mock-server/mocks';

/** `POST /__admin/reset` lives in a room below the journal's neighbour; emptying the journal is hooked onto it here. */
@Injectable()
export class JournalReset implements OnModuleInit {
  constructor(
    private readonly hooks: ResetHooks,
    private readonly journal: Journal,
  ) {}

  onModuleInit(): void {
    this.hooks.add(workspaceId => this.journal.clear(workspaceId));
  }
}
