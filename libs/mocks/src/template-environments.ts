import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { engineHost, type TemplateEnvironment } from '@mock-server/engine';

/** What templates get from outside: the time of the request, chance, the machine, `MOCK_VAR_…`. */
@Injectable()
export class TemplateEnvironments {
  private readonly machine = hostname();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** For a request that came in at this time, in milliseconds since 1970. */
  of({ receivedAt }: { readonly receivedAt: number }): TemplateEnvironment {
    return {
      now: receivedAt,
      random: engineHost().random,
      hostname: this.machine,
      variables: this.config.templateVariables,
    };
  }
}
