import {
  resourceIsFull,
  type Chance,
  type MockRequest,
  type Resource,
  type ResourceAnswer,
  type ResourceChange,
  type ResourceView,
} from '@mock-server/engine';
import { Inject, Injectable } from '@nestjs/common';
import {
  STATE_STORE,
  type Awaitable,
  type StateChange,
  type StateStore,
  type StateTable,
  type StateView,
} from './state-store';

type Item = Readonly<Record<string, unknown>>;

/** The items of resources. A request is answered in one step of the store: what it checks and what it writes see one state. */
@Injectable()
export class ResourceItems {
  constructor(@Inject(STATE_STORE) private readonly store: StateStore) {}

  answer(workspaceId: string, resource: Resource, request: MockRequest, chance: Chance): Awaitable<ResourceAnswer> {
    return this.store.transact(workspaceId, state => {
      const seeds = isSeeded(state, resource.name) ? [] : seedsOf(resource, chance);
      const view = seeds.length === 0 ? new StoredItems(state, resource.name) : new SeededItems(resource, seeds);
      const result = resource.answer(request, view, chance);
      return {
        result,
        changes: [...seeds, ...result.changes.map(change => changeOf(resource.name, change))],
        instead: resourceIsFull,
      };
    });
  }

  /** How many items each resource holds that was asked for already. */
  counts(workspaceId: string, names: readonly string[]): Awaitable<ReadonlyMap<string, number>> {
    return this.store.transact(workspaceId, state => ({
      result: new Map(
        names.filter(name => isSeeded(state, name)).map(name => [name, state.entries(tableOf(name)).length]),
      ),
      changes: [],
    }));
  }

  /** Back to what the mocks say they hold at first. */
  reset(workspaceId: string, names: readonly string[]): Awaitable<void> {
    return this.store.transact(workspaceId, () => ({ result: undefined, changes: names.flatMap(forgetting) }));
  }
}

const seedMark = 'seeded:';

/** The items of a resource that no mock names any more are forgotten. */
export function resourcesGone(state: StateView, isNamed: (resource: string) => boolean): StateChange[] {
  const known = state
    .entries('catalog')
    .flatMap(([key]) => (key.startsWith(seedMark) ? [key.slice(seedMark.length)] : []));
  return known.filter(name => !isNamed(name)).flatMap(forgetting);
}

function tableOf(resource: string): StateTable {
  return `resource:${resource}`;
}

function isSeeded(state: StateView, resource: string): boolean {
  return state.get('catalog', seedMark + resource) !== undefined;
}

function seedsOf(resource: Resource, chance: Chance): readonly StateChange[] {
  return [
    { kind: 'set', table: 'catalog', key: seedMark + resource.name, value: true },
    ...resource.seed(chance).map(change => changeOf(resource.name, change)),
  ];
}

function forgetting(resource: string): readonly StateChange[] {
  return [
    { kind: 'delete', table: 'catalog', key: seedMark + resource },
    { kind: 'clear', table: tableOf(resource) },
  ];
}

function changeOf(resource: string, change: ResourceChange): StateChange {
  const table = tableOf(resource);
  switch (change.kind) {
    case 'put':
      return { kind: 'set', table, key: change.id, value: change.item };
    case 'delete':
      return { kind: 'delete', table, key: change.id };
    case 'count':
      return { kind: 'count', table, to: change.to };
    default:
      return change satisfies never;
  }
}

class StoredItems implements ResourceView {
  constructor(
    private readonly state: StateView,
    private readonly resource: string,
  ) {}

  get counter(): number {
    return this.state.counter(tableOf(this.resource));
  }

  get(id: string): Item | undefined {
    return this.state.get(tableOf(this.resource), id) as Item | undefined;
  }

  all(): readonly Item[] {
    return this.state.entries(tableOf(this.resource)).map(([, item]) => item as Item);
  }
}

/** What will be kept by the same step. */
class SeededItems implements ResourceView {
  readonly counter: number;
  private readonly items = new Map<string, Item>();

  constructor(resource: Resource, seeds: readonly StateChange[]) {
    let counter = 0;
    for (const change of seeds) {
      if (change.table !== tableOf(resource.name)) continue;
      if (change.kind === 'set') this.items.set(change.key, change.value as Item);
      if (change.kind === 'count') counter = change.to;
    }
    this.counter = counter;
  }

  get(id: string): Item | undefined {
    return this.items.get(id);
  }

  all(): readonly Item[] {
    return [...this.items.values()];
  }
}
