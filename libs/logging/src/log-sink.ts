import { BoundedLines } from './bounded-lines';

/** A place that log lines go to beside the console. Taking one never waits and never throws. */
export interface LogSink {
  readonly name: 'file' | 'elasticsearch';
  take(line: string): void;
  /** Lines lost since the start, because the place was down or full for too long, or refused them. */
  readonly dropped: number;
  /** Writes what waits, as far as it can be written now. */
  close(): Promise<void>;
}

interface SinkOptions {
  readonly name: LogSink['name'];
  readonly maxWaitingBytes: number;
  readonly batch: { readonly maxLines: number; readonly maxBytes: number };
  /** How long lines are gathered before they are written. */
  readonly gatherMs: number;
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  /** Writes a batch and tells which lines to try again and how many are lost; throws when the place is down. */
  readonly write: (lines: readonly string[]) => Promise<{ readonly again: readonly string[]; readonly lost: number }>;
  /** Told once when the place goes down and once when it is back. */
  readonly onChange: (sentence: string) => void;
}

/** A queue with bounds in front of a place that may be slow, full or gone. One write at a time; pauses grow while it is down. */
export function openSink(options: SinkOptions): LogSink {
  const waiting = new BoundedLines(options.maxWaitingBytes);
  let pauseMs = options.gatherMs;
  let isDown = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  const schedule = (): void => {
    if (timer !== undefined || writing !== undefined || isClosed || waiting.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      writing = writeBatch().finally(() => {
        writing = undefined;
        schedule();
      });
    }, pauseMs);
    timer.unref();
  };

  const writeBatch = async (): Promise<void> => {
    const lines = waiting.take(options.batch);
    if (lines.length === 0) return;
    try {
      const { again, lost } = await options.write(lines);
      waiting.countDropped(lost);
      waiting.putBack(again);
      settle(again.length === lines.length ? 'it takes none at the moment' : undefined);
    } catch (error) {
      waiting.putBack(lines);
      settle(reasonOf(error));
    }
  };

  const settle = (trouble: string | undefined): void => {
    if (trouble === undefined) pauseMs = options.gatherMs;
    else
      pauseMs = Math.min(options.retry.maxMs, Math.max(options.retry.minMs, pauseMs * 2)) * (0.75 + Math.random() / 4);
    if ((trouble !== undefined) === isDown) return;
    isDown = trouble !== undefined;
    const dropped = waiting.dropped === 0 ? '' : ` ${waiting.dropped} entries were dropped since the start.`;
    options.onChange(
      isDown ? `Logs cannot be written to ${options.name}: ${trouble}` : `Logs reach ${options.name} again.${dropped}`,
    );
  };

  return {
    name: options.name,
    take: line => {
      waiting.add(line);
      schedule();
    },
    get dropped() {
      return waiting.dropped;
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await writing;
      while (waiting.size > 0 && !isDown) await writeBatch();
    },
  };
}

/** fetch says no more than that it failed; why stands in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
