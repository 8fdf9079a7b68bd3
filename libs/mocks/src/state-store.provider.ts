import { CONFIG, type Config } from '@mock-server/config';
import { type Provider } from '@nestjs/common';
import { MemoryStateStore } from './memory-state-store';
import { STATE_STORE, type StateStore } from './state-store';

export const stateStoreProvider: Provider = {
  provide: STATE_STORE,
  inject: [CONFIG],
  useFactory: ({ state }: Pick<Config, 'state'>): StateStore => new MemoryStateStore(state),
};
