import { type Digest, makeStandIn } from './stand-in';
import { looksRandom } from './secret-name';

const maxKnown = 50_000;
/** Longer ones are replaced where they stand and not looked for elsewhere. */
const maxKnownLength = 8_192;
const maxAttempts = 8;

/** Turns a random text of the secret's shape into one that also passes the checks of its kind. */
export type Finish = (random: string, secret: string) => string;

/** The secrets met so far and what stands for each: the same for the same, and never a second time for a stand-in. */
export class StandIns {
  private readonly bySecret = new Map<string, string>();
  private readonly issued = new Set<string>();
  private replacedCount = 0;

  constructor(private readonly digest: Digest) {}

  /** How many times something was replaced. */
  get count(): number {
    return this.replacedCount;
  }

  /** How many different secrets are known. */
  get size(): number {
    return this.bySecret.size;
  }

  replace(secret: string, finish: Finish = random => random): string {
    if (secret === '' || this.issued.has(secret)) return secret;
    this.replacedCount++;
    return this.bySecret.get(secret) ?? this.make(secret, finish);
  }

  /** The stand-in of a text that is a secret known from elsewhere. */
  known(text: string): string | undefined {
    const standIn = text.length > maxKnownLength ? undefined : this.bySecret.get(text);
    if (standIn === undefined || !looksRandom(text)) return undefined;
    this.replacedCount++;
    return standIn;
  }

  /** Forgets what was counted, not what is known: for a second look at the same texts. */
  recount(from: number): void {
    this.replacedCount = from;
  }

  private make(secret: string, finish: Finish): string {
    let standIn = secret;
    for (let attempt = 0; attempt < maxAttempts && (standIn === secret || this.issued.has(standIn)); attempt++)
      standIn = finish(makeStandIn(secret, this.digest, attempt), secret);
    if (this.bySecret.size < maxKnown && secret.length <= maxKnownLength) {
      this.bySecret.set(secret, standIn);
      this.issued.add(standIn);
    }
    return standIn;
  }
}
