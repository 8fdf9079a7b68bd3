declare module 'prom-client/lib/metrics/*' {
  import { type Registry } from 'prom-client';
  export default function register(registry: Registry, config: object): void;
}
