import { type LoggerService } from '@nestjs/common';
import { type RunningServer } from './app.setup';

/** After a fault that leaves the process in an unknown state it must be gone in this time. */
const endAfterFaultMs = 10_000;

/**
 * SIGTERM, SIGINT and SIGHUP end the process in order; a second one ends it at once. Works as PID 1, where the kernel has no default
 * for a signal. An error nobody caught is logged, what is in flight may finish, and the exit code is 1.
 */
export function endOnSignals(server: RunningServer, logger: LoggerService): void {
  let isEnding = false;
  const end = (reason: string, exitCode: number): void => {
    if (isEnding) process.exit(exitCode === 0 ? 130 : exitCode);
    isEnding = true;
    logger.log(`Stopping: ${reason}`, 'Server');
    server.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error(`The server did not stop cleanly: ${String(error)}`, undefined, 'Server');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal, 0));
  const fault = (kind: string) => (error: unknown) => {
    logger.error(
      `${kind}: ${error instanceof Error ? error.message : String(error)}`,
      error instanceof Error ? error.stack : undefined,
      'Server',
    );
    setTimeout(() => process.exit(1), endAfterFaultMs).unref();
    end(kind, 1);
  };
  process.on('uncaughtException', fault('uncaughtException'));
  process.on('unhandledRejection', fault('unhandledRejection'));
}
