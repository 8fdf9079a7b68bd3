import { z } from 'zod';
import { maxWrittenDelayMs } from './delay';
import { toJsonText } from './json-path';
import { type MockRequest } from './mock-request';
import { type PathTemplate } from './path-template';
import { compileTemplate, type Template, type TemplateReading } from './template';
import { templateModel } from './template-model';
import { type TemplateEnvironment } from './template-run';

/** A line feed ends a field, and a browser takes no id with a NUL. */
const oneLine = z
  .string()
  .max(1_000)
  .refine(text => !/[\r\n]/.test(text) && !text.includes('\0'), 'must be one line');
const waitMs = z.int('must be a whole number').min(0).max(maxWrittenDelayMs);

/** A faster script that repeats would be a busy loop. */
const minRepeatedIntervalMs = 10;
const defaultIntervalMs = 1_000;
const repeatRule = 'must be 1 to 1000000, or "forever"';

/** A scripted stream of server-sent events (HTML standard, 9.2). */
export const eventStreamSchema = z
  .looseObject({
    events: z
      .array(
        z.looseObject({
          id: oneLine.optional().describe('A client that reconnects with it as Last-Event-ID goes on after this event'),
          event: oneLine.optional().describe('The type; a browser takes none for "message"'),
          data: z.unknown().optional().describe('A text, or JSON, which is sent as compact JSON'),
          retry: waitMs.optional().describe('Milliseconds after which the client is to reconnect'),
          delayMilliseconds: waitMs.optional().describe('Before this event, in place of the interval'),
        }),
      )
      .min(1, 'needs an event at least')
      .max(1_000),
    intervalMilliseconds: waitMs.optional().describe(`Between two events; default ${defaultIntervalMs}`),
    repeat: z
      .union([z.int(repeatRule).min(1, repeatRule).max(1_000_000, repeatRule), z.literal('forever')], {
        error: repeatRule,
      })
      .optional()
      .describe('How often all of them are sent; default once'),
    afterLast: z
      .enum(['close', 'stay'])
      .optional()
      .describe('close (the default) or stay: the connection stays open and silent'),
  })
  .refine(
    ({ events, repeat = 1, intervalMilliseconds = defaultIntervalMs }) =>
      repeat === 1 || events.every(one => (one.delayMilliseconds ?? intervalMilliseconds) >= minRepeatedIntervalMs),
    `repeats, so the interval and each delayMilliseconds must be at least ${minRepeatedIntervalMs}`,
  )
  .meta({ id: 'ServerSentEvents', description: 'The reply is a stream of these events (text/event-stream).' });

export type EventStreamSpec = z.infer<typeof eventStreamSchema>;

export interface EventStep {
  /** Milliseconds after the step before. */
  readonly waitMs: number;
  /** The bytes of the event as text. A template that fails ends the stream. */
  render(environment: TemplateEnvironment): { readonly ok: true; readonly text: string } | EventFailure;
}

export interface EventFailure {
  readonly ok: false;
  readonly message: string;
}

/** A compiled stream. */
export interface EventScript {
  readonly staysOpen: boolean;
  /** Undefined: the client has seen the last event, and nothing comes after it. An unknown or missing id begins at the first. */
  play(request: MockRequest, environment: TemplateEnvironment): Iterable<EventStep> | undefined;
}

interface Scripted {
  readonly spec: EventStreamSpec['events'][number];
  readonly data: TemplateReading | undefined;
}

/** The data of each event as text, which may be a template. */
export function eventTexts(spec: EventStreamSpec): readonly { readonly place: number; readonly text: string }[] {
  return spec.events.flatMap(({ data }, place) => (data === undefined ? [] : [{ place, text: toJsonText(data) }]));
}

export function compileEvents(
  spec: EventStreamSpec,
  template:
    | { readonly pathTemplate: PathTemplate | undefined; readonly parameters: Record<string, unknown> | undefined }
    | undefined,
): EventScript {
  const events = spec.events.map((one): Scripted => {
    if (one.data === undefined) return { spec: one, data: undefined };
    const text = toJsonText(one.data);
    return { spec: one, data: template === undefined ? { ok: true, template: plain(text) } : compileTemplate(text) };
  });
  const rounds = spec.repeat === 'forever' ? Infinity : (spec.repeat ?? 1);
  const intervalMs = spec.intervalMilliseconds ?? defaultIntervalMs;
  return {
    staysOpen: spec.afterLast === 'stay',
    play: (request, environment) => {
      const seen = events.findIndex(
        one => one.spec.id !== undefined && one.spec.id === request.header('last-event-id')[0],
      );
      if (seen === events.length - 1 && rounds === 1) return undefined;
      const model = template === undefined ? {} : templateModel({ request, ...template }, environment);
      return steps(events, { first: seen + 1, rounds, intervalMs, model });
    },
  };
}

function* steps(
  events: readonly Scripted[],
  {
    first,
    rounds,
    intervalMs,
    model,
  }: { first: number; rounds: number; intervalMs: number; model: Record<string, unknown> },
): Generator<EventStep> {
  const end = rounds * events.length;
  for (let n = first; n < end; n++) {
    const place = n % events.length;
    const { spec, data } = events[place]!;
    const about = { number: n - first + 1, id: spec.id, round: Math.floor(n / events.length) + 1 };
    yield {
      waitMs: spec.delayMilliseconds ?? (n === first ? 0 : intervalMs),
      render: environment => {
        if (data === undefined) return { ok: true, text: frame(spec, undefined) };
        if (!data.ok) return { ok: false, message: `the data of event ${place} ${data.message}` };
        const rendering = data.template.render({ ...model, event: about }, environment);
        return rendering.ok
          ? { ok: true, text: frame(spec, rendering.text) }
          : { ok: false, message: `the data of event ${place}: ${rendering.message}` };
      },
    };
  }
}

/** One event as it stands on the wire (HTML standard, 9.2.5). A line break in the data begins another data line. */
function frame({ id, event, retry }: Scripted['spec'], data: string | undefined): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(data === undefined ? [] : data.split(/\r\n|\r|\n/).map(line => `data: ${line}`)),
  ];
  return `${lines.join('\n')}\n\n`;
}

function plain(text: string): Template {
  return { isConstant: true, usesState: false, render: () => ({ ok: true, text }) };
}
