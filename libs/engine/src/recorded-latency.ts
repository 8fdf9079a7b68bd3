import { type ResponseSpec } from './mapping-schema';
import { type RecordSpec } from './record-spec';

/** Fewer calls say nothing of a distribution. */
const minSamples = 5;

/** What keeps the latency of these calls, in milliseconds, in a response: WireMock's own fields. */
export function recordedLatency(
  tookMs: readonly number[],
  latency: RecordSpec['latency'],
): Pick<ResponseSpec, 'fixedDelayMilliseconds'> & Record<string, unknown> {
  const [newest] = tookMs;
  if (newest === undefined) return {};
  const mean = tookMs.reduce((sum, one) => sum + one, 0) / tookMs.length;
  switch (latency) {
    case 'fixed':
      return { fixedDelayMilliseconds: Math.round(newest) };
    case 'mean':
      return { fixedDelayMilliseconds: Math.round(mean) };
    case 'lognormal':
      return tookMs.length < minSamples
        ? { fixedDelayMilliseconds: Math.round(mean) }
        : { delayDistribution: fitLognormal(tookMs) };
    default:
      return {};
  }
}

/** The log-normal distribution that made these values most likely: median and sigma of their logarithms. */
export function fitLognormal(values: readonly number[]): { type: 'lognormal'; median: number; sigma: number } {
  const logs = values.map(value => Math.log(Math.max(value, 0.01)));
  const mu = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mu) ** 2, 0) / logs.length;
  const round = (value: number): number => Math.round(value * 1_000) / 1_000;
  return { type: 'lognormal', median: round(Math.exp(mu)), sigma: round(Math.sqrt(variance)) };
}
