import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';

/** OWASP's parameters for scrypt at 32 MiB: about a quarter of a second of one core. */
const COST = { log2N: 15, r: 8, p: 3 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** So many hashes at once: 64 MiB, and half of Node's threads stay for files and names. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 60;
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([\w-]+)\$([\w-]+)$/;

interface StoredPassword {
  readonly options: ScryptOptions;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** Hashes passwords, a few at a time: whoever floods the sign-in fills a short queue and not the memory. */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** Compared with when there is no such user, so that the answer takes as long. */
  private readonly nobody = format(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES));

  /** How many wait for their turn. */
  get queued(): number {
    return this.waiting.length;
  }

  hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return this.inTurn(async () => format(salt, await derive(password, salt, optionsOf(COST.log2N, COST.r, COST.p))));
  }

  /**
   * Takes the same time whether or not there is a stored hash. Both hooks run within the turn, before the hash and after a wrong
   * password: who comes next sees what this one has counted.
   */
  matches(
    password: string,
    stored: string | null | undefined,
    { before, ifWrong }: { readonly before: () => Promise<void>; readonly ifWrong: () => Promise<void> },
  ): Promise<boolean> {
    const known = parse(stored ?? this.nobody);
    return this.inTurn(async () => {
      await before();
      const key = known === undefined ? undefined : await derive(password, known.salt, known.options);
      const isRight = key !== undefined && stored != null && timingSafeEqual(key, known!.key);
      if (!isRight) await ifWrong();
      return isRight;
    });
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= MAX_AT_ONCE) {
      if (this.waiting.length >= MAX_WAITING) {
        throw new Problem('overloaded', { detail: 'Too many sign-ins at once. Try again in a few seconds.' });
      }
      // Whoever leaves hands over the place: nobody slips in between.
      await new Promise<void>(resolve => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }
}

function optionsOf(log2N: number, r: number, p: number): ScryptOptions {
  const N = 2 ** log2N;
  return { N, r, p, maxmem: 256 * N * r };
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

function format(salt: Buffer, key: Buffer): string {
  const { log2N, r, p } = COST;
  return `$scrypt$ln=${log2N},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

function parse(stored: string): StoredPassword | undefined {
  const found = STORED.exec(stored);
  if (found === null) return undefined;
  const [, log2N, r, p, salt = '', key = ''] = found;
  return {
    options: optionsOf(Number(log2N), Number(r), Number(p)),
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}
