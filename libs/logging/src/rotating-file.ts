import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogSink, openSink } from './log-sink';

interface FileOptions {
  readonly folder: string;
  /** `combined` writes `combined.log`, then `combined.1.log`, … the older the higher. */
  readonly name: string;
  readonly maxBytes?: number;
  readonly maxFiles?: number;
  readonly onChange: (sentence: string) => void;
}

/** A file that starts anew when it is full, and keeps so many of the full ones. A full or missing disk costs lines, nothing else. */
export function openRotatingFile({
  folder,
  name,
  maxBytes = 5 * 1024 * 1024,
  maxFiles = 5,
  onChange,
}: FileOptions): LogSink {
  const file = (age: number): string => join(folder, age === 0 ? `${name}.log` : `${name}.${age}.log`);
  let size: number | undefined;

  const makeRoom = async (bytes: number): Promise<void> => {
    size ??= (await stat(file(0)).catch(() => undefined))?.size ?? 0;
    if (size === 0 || size + bytes <= maxBytes) return;
    for (let age = maxFiles - 1; age > 0; age--) await rename(file(age - 1), file(age)).catch(ignoreMissing);
    size = 0;
  };

  return openSink({
    name: 'file',
    maxWaitingBytes: 2 * 1024 * 1024,
    batch: { maxLines: 1_000, maxBytes: Math.min(maxBytes, 512 * 1024) },
    gatherMs: 100,
    retry: { minMs: 250, maxMs: 10_000 },
    onChange,
    write: async lines => {
      const text = `${lines.join('\n')}\n`;
      const bytes = Buffer.byteLength(text);
      try {
        await mkdir(folder, { recursive: true });
        await makeRoom(bytes);
        await appendFile(file(0), text, { mode: 0o640 });
        size = (size ?? 0) + bytes;
        return { again: [], lost: 0 };
      } catch (error) {
        // A write that failed half-way left some bytes: how many, only the file knows.
        size = undefined;
        throw error;
      }
    },
  });
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
