import { type Caller } from '@mock-server/http';
import { CallBudget } from './call-budget';

const token = (id: string): Caller => ({ kind: 'token', id, name: id, workspaceId: 'w', role: 'viewer' });
const budgetOf = (requestsPerSecond: number): CallBudget => new CallBudget({ signIn: { requestsPerSecond } as never });

/** How many of so many calls at one moment are let through. */
function passed(budget: CallBudget, caller: Caller, { calls, at }: { calls: number; at: number }): number {
  return Array.from({ length: calls }).filter(() => {
    try {
      budget.spend(caller, at);
      return true;
    } catch {
      return false;
    }
  }).length;
}

test('two seconds’ worth may come at once, then as many as time gives back', () => {
  const budget = budgetOf(10);
  expect(passed(budget, token('a'), { calls: 50, at: 0 })).toBe(20);
  expect(passed(budget, token('a'), { calls: 50, at: 500 })).toBe(5);
  expect(passed(budget, token('a'), { calls: 50, at: 60_000 })).toBe(20);
  expect(budget.refused).toBe(30 + 45 + 30);
});

test('one caller takes nothing from another', () => {
  const budget = budgetOf(1);
  passed(budget, token('a'), { calls: 10, at: 0 });
  expect(passed(budget, token('b'), { calls: 10, at: 0 })).toBe(2);
});

test('0 is no bound, and whoever may not be told apart has none', () => {
  expect(passed(budgetOf(0), token('a'), { calls: 1_000, at: 0 })).toBe(1_000);
  expect(passed(budgetOf(1), { kind: 'anyone' }, { calls: 1_000, at: 0 })).toBe(1_000);
});

test('what is said has the setting’s name, and the status that asks to wait', () => {
  const budget = budgetOf(1);
  passed(budget, token('a'), { calls: 2, at: 0 });
  expect(() => budget.spend(token('a'), 0)).toThrow(expect.objectContaining({ problem: 'too-many-requests' }));
  expect(() => budget.spend(token('a'), 0)).toThrow(/ADMIN_REQUESTS_PER_SECOND/);
});
