/* eslint-disable @typescript-eslint/no-require-imports -- an import would load it at start; only a server that generates needs it */
import type * as ClaudeSdk from './claude-sdk';

export const claudeSdk = (): typeof ClaudeSdk => require('./claude-sdk') as typeof ClaudeSdk;
