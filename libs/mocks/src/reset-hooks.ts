import { Injectable } from '@nestjs/common';

type Hook = (workspaceId: string) => Promise<void> | void;

/** What else `POST /__admin/reset` resets: rooms above add their part. */
@Injectable()
export class ResetHooks {
  private readonly hooks: Hook[] = [];

  add(hook: Hook): void {
    this.hooks.push(hook);
  }

  async run(workspaceId: string): Promise<void> {
    for (const hook of this.hooks) await hook(workspaceId);
  }
}
