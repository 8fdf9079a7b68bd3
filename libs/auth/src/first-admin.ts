import { CONFIG, type Config } from '@mock-server/config';
import { Database, DatabaseUnavailableError } from '@mock-server/database';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AccessRevision } from './access-revision';
import { insertAccount } from './accounts';
import { OneTimeLinks } from './one-time-links';
import { Passwords } from './passwords';
import { UserEntity } from './user.entity';

/**
 * Where there is no user yet: makes the admin that the settings name, or prints a link to make one. There is no built-in
 * password. Each replica prints a link of its own; the first one used makes all of them useless.
 */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  private readonly logger = new Logger('FirstAdmin');
  private isDone = false;

  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly passwords: Passwords,
    private readonly links: OneTimeLinks,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signIn'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.signIn !== undefined) this.database.onUp(() => this.ensure());
  }

  async needsSetup(): Promise<boolean> {
    if (this.isDone) return false;
    this.isDone = await this.database.read(manager => manager.exists(UserEntity));
    return !this.isDone;
  }

  private async ensure(): Promise<void> {
    try {
      if (!(await this.needsSetup())) return;
      const { firstAdmin } = this.config.signIn ?? {};
      if (firstAdmin === undefined) return await this.printLink();
      const passwordHash = await this.passwords.hash(firstAdmin.password);
      await this.revision.change(async manager => {
        // Another replica may have been first.
        if ((await manager.count(UserEntity)) > 0) return;
        const { email } = firstAdmin;
        await insertAccount(manager, { email, name: email, passwordHash, isAdmin: true });
        this.logger.log({ message: 'The first admin was made from ADMIN_EMAIL and ADMIN_PASSWORD', email });
      });
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return; // asked again when it is up
      this.logger.error(`The first admin could not be made: ${String(error)}`);
    }
  }

  /** On the console, not in the log: logs are kept and shipped. */
  private async printLink(): Promise<void> {
    const { url } = await this.links.make({ purpose: 'setup', createdBy: 'server', isAdmin: true });
    process.stdout.write(`There is no user yet. Make the first admin within 24 hours at\n  ${url}\n`);
  }
}
