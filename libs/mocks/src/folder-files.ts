import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { isFileName } from './file-name';

const lookAgainAfterMs = 1_000;
const maxNames = 1_000;

interface Seen {
  readonly bytes: Buffer | undefined;
  readonly checkedAt: number;
  readonly stamp: string;
}

/** The files below a folder that somebody else writes. What was read is looked at again after a second. */
export class FolderFiles {
  /** The most recently looked at stand last. */
  private readonly seen = new Map<string, Seen>();
  private seenBytes = 0;

  constructor(
    private readonly root: string,
    private readonly limits: { readonly maxFileBytes: number; readonly maxMemoryBytes: number },
  ) {}

  async names(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter(entry => entry.isFile())
      .map(entry => relative(this.root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter(isFileName);
  }

  /** At once for a file that was read a moment ago, else a promise; undefined when there is none of that name. */
  read(name: string): Buffer | undefined | Promise<Buffer | undefined> {
    if (!isFileName(name)) return undefined;
    const seen = this.seen.get(name);
    if (seen !== undefined && performance.now() - seen.checkedAt < lookAgainAfterMs) return seen.bytes;
    return this.look(name);
  }

  private async look(name: string): Promise<Buffer | undefined> {
    const found = await this.readBelow(name, this.seen.get(name));
    this.forget(name);
    this.seen.set(name, { ...found, checkedAt: performance.now() });
    this.seenBytes += found.bytes?.length ?? 0;
    for (const oldest of this.seen.keys()) {
      if (this.seenBytes <= this.limits.maxMemoryBytes && this.seen.size <= maxNames) break;
      this.forget(oldest);
    }
    return found.bytes;
  }

  private forget(name: string): void {
    this.seenBytes -= this.seen.get(name)?.bytes?.length ?? 0;
    this.seen.delete(name);
  }

  /** Reads a file that really lies below the root: a link that leads out is treated as absent. */
  private async readBelow(name: string, seen: Seen | undefined): Promise<{ bytes: Buffer | undefined; stamp: string }> {
    try {
      const base = await realpath(this.root);
      const path = await realpath(join(base, name));
      const inside = relative(base, path);
      const info = await stat(path);
      if (inside.startsWith('..') || isAbsolute(inside) || !info.isFile() || info.size > this.limits.maxFileBytes)
        return { bytes: undefined, stamp: '' };
      const stamp = `${info.mtimeMs}:${info.size}`;
      if (seen?.stamp === stamp) return { bytes: seen.bytes, stamp };
      return { bytes: await readFile(path), stamp };
    } catch {
      return { bytes: undefined, stamp: '' };
    }
  }
}
