import { type DelayDistribution } from './delay';
import { compileEvents, type EventScript } from './event-script';
import { compileFault, type Fault } from './fault';
import { type ResponseSpec } from './mapping-schema';
import { type Pace } from './pace';
import { type PathTemplate } from './path-template';
import { isTemplated } from './template-reply';

/** How a reply departs from going out at once and whole. */
export interface ReplyPlan {
  /** Undefined: the mock says nothing of a fixed delay, and a global one holds. */
  readonly fixedDelayMs: number | undefined;
  /** Undefined: a global one holds. */
  readonly delayDistribution: DelayDistribution | undefined;
  readonly pace: Pace | undefined;
  readonly fault: Fault | undefined;
  /** Instead of a body. */
  readonly events: EventScript | undefined;
}

/** Undefined for a plain reply, so that its way to the socket is not longer for what others may want. */
export function compilePlan(spec: ResponseSpec, pathTemplate: PathTemplate | undefined): ReplyPlan | undefined {
  const fixedDelayMs = spec.fixedDelayMilliseconds ?? undefined;
  const delayDistribution = spec.delayDistribution ?? undefined;
  const pace = paceOf(spec);
  const fault = spec.fault === undefined || spec.fault === null ? undefined : compileFault(spec.fault);
  const plan = { fixedDelayMs, delayDistribution, pace, fault, events: eventsOf(spec, pathTemplate) };
  return Object.values(plan).every(part => part === undefined) ? undefined : plan;
}

function eventsOf(spec: ResponseSpec, pathTemplate: PathTemplate | undefined): EventScript | undefined {
  const { serverSentEvents, transformerParameters } = spec;
  if (serverSentEvents === undefined || serverSentEvents === null) return undefined;
  return compileEvents(
    serverSentEvents,
    isTemplated(spec) ? { pathTemplate, parameters: transformerParameters ?? undefined } : undefined,
  );
}

function paceOf({ chunkedDribbleDelay, bandwidthBytesPerSecond }: ResponseSpec): Pace | undefined {
  if (chunkedDribbleDelay !== undefined && chunkedDribbleDelay !== null)
    return {
      kind: 'dribble',
      chunks: chunkedDribbleDelay.numberOfChunks,
      totalMs: chunkedDribbleDelay.totalDuration,
    };
  if (bandwidthBytesPerSecond === undefined || bandwidthBytesPerSecond === null) return undefined;
  return { kind: 'bandwidth', bytesPerSecond: bandwidthBytesPerSecond };
}
