import { appendFileSync } from 'node:fs';

/** A number that makes a fault longer or harder: small in an ordinary run, as faults.md has it in `npm run test:faults -- --full`. */
export function sized(name: string, ordinary: number): number {
  return Number(process.env[name] ?? ordinary);
}

/** In `npm run test:faults`, which has the machine for itself. */
export const isMeasured = process.env['FAULT_FIGURES'] !== undefined;

/** What was measured, for the table at the end of `npm run test:faults`. */
export function figure(row: string, text: string): void {
  const file = process.env['FAULT_FIGURES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ row, text })}\n`);
}

/** The value below which so much of them lies; 0 without any. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
