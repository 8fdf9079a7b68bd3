import { CONFIG, type Config } from '@mock-server/config';
import { Database, RepeatedWork } from '@mock-server/database';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AccessRevision } from './access-revision';
import { insertAccount } from './accounts';
import { OneTimeLinks } from './one-time-links';
import { Passwords } from './passwords';
import { UserEntity } from './user.entity';

const TRY_EVERY_MS = 2_000;

/**
 * Where there is no user yet: makes the admin that the settings name, or prints a link to make one. There is no built-in
 * password. Each replica prints a link of its own; the first one used makes all of them useless.
 */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('FirstAdmin');
  private isDone = false;
  /** There is a user, or a link to make one. */
  private isEnsured = false;
  private readonly tries = new RepeatedWork({
    everyMs: TRY_EVERY_MS,
    work: () => this.ensure(),
    logger: this.logger,
    failure: 'The first admin could not be made, trying again',
  });

  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly passwords: Passwords,
    private readonly links: OneTimeLinks,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signIn'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.signIn === undefined) return;
    this.database.onUp(() => {
      this.isEnsured = false;
      return this.tries.now();
    });
    this.tries.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.tries.stop();
  }

  async needsSetup(): Promise<boolean> {
    if (this.isDone) return false;
    this.isDone = await this.database.read(manager => manager.exists(UserEntity));
    return !this.isDone;
  }

  private async ensure(): Promise<void> {
    if (this.isEnsured || !this.database.isUp) return;
    if (await this.needsSetup()) await this.makeOne();
    this.isEnsured = true;
  }

  private async makeOne(): Promise<void> {
    const { firstAdmin } = this.config.signIn ?? {};
    if (firstAdmin === undefined) return this.printLink();
    const passwordHash = await this.passwords.hash(firstAdmin.password);
    await this.revision.change(async manager => {
      // Another replica may have been first.
      if ((await manager.count(UserEntity)) > 0) return;
      const { email } = firstAdmin;
      await insertAccount(manager, { email, name: email, passwordHash, isAdmin: true });
      this.logger.log({ message: 'The first admin was made from ADMIN_EMAIL and ADMIN_PASSWORD', email });
    });
  }

  /** On the console, not in the log: logs are kept and shipped. */
  private async printLink(): Promise<void> {
    const { url } = await this.links.make({ purpose: 'setup', createdBy: 'server', isAdmin: true });
    process.stdout.write(`There is no user yet. Make the first admin within 24 hours at\n  ${url}\n`);
  }
}
