/** What one request draws from. */
export interface Chance {
  /** From 0 up to 1, as `Math.random`. */
  random(): number;
  /** How many requests the mock has answered before. Reading it may count this one: read it only where it decides. */
  readonly turn: number;
}

/** A number from 0 up to 1: drawn, or, with a seed, always the same at the same turn. */
export function drawFraction(chance: Chance, seed: number | undefined): number {
  return seed === undefined ? chance.random() : seededFraction(seed, chance.turn);
}

/** Mixes seed and turn until each bit of either has moved half of the bits of the result (the finaliser of MurmurHash3). */
function seededFraction(seed: number, turn: number): number {
  let bits = (seed ^ Math.imul(turn + 1, 0x9e3779b9)) | 0;
  for (let round = 0; round < 2; round++) {
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    bits ^= bits >>> 16;
  }
  return (bits >>> 0) / 0x1_0000_0000;
}
