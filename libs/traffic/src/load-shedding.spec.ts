import { MetricsRegistry } from '@mock-server/metrics';
import { LoadShedding } from './load-shedding';

const calm = { lagMs: 5, heap: 0.5 };
const lagging = { lagMs: 501, heap: 0.5 };
const full = { lagMs: 5, heap: 0.95 };

function after(...looks: readonly { lagMs: number; heap: number }[]): boolean {
  const shedding = new LoadShedding(new MetricsRegistry(), { limits: { shedLagMs: 500 } } as never);
  for (const one of looks) shedding.look(one);
  return shedding.isOn;
}

it.each([
  ['a calm process', [calm, calm, calm], false],
  ['one long pause', [calm, lagging, calm], false],
  ['two', [lagging, lagging], false],
  ['a loop that lags on and on', [lagging, lagging, lagging], true],
  ['a heap that stays nearly full', [full, full, full], true],
  ['one after the other', [full, lagging, full], true],
  ['a process that is calm again', [lagging, lagging, lagging, calm], false],
])('%s', (_, looks, isOn) => {
  expect(after(...looks)).toBe(isOn);
});
