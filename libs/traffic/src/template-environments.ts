import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type TemplateEnvironment } from '@mock-server/engine';
import { type Call } from './call';

/** What a call's templates get from outside: time, chance, machine. */
@Injectable()
export class TemplateEnvironments {
  private readonly machine = hostname();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  of(call: Call): TemplateEnvironment {
    return {
      now: call.receivedAt,
      random: Math.random,
      hostname: this.machine,
      variables: this.config.templateVariables,
    };
  }
}
