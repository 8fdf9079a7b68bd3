/** What `--full` makes of the sizes that an ordinary run keeps small. */
export const full = {
  CRASH_ROUNDS: '200',
  FAULT_ROUNDS: '50',
  FAULT_CHANGES: '10000',
  FAULT_OUTAGE_MS: '60000',
  FAULT_PARTITION_MS: '60000',
  FAULT_RATE: '1000',
  FAULT_PHASE_MS: '8000',
  FAULT_REPLICAS: '10',
  FAULT_ROLLS: '10',
  FAULT_ROLL_REQUESTS: '100000',
  SOAK_REQUESTS: '1000000',
  FAULT_MIGRATIONS: '20',
  FAULT_TURNS: '50',
  FAULT_OVERLOAD_MS: '120000',
  FAULT_PRESSURE_MS: '30000',
};

const fault = (file, name) => ({ project: 'faults', file: `test/faults/${file}.fault.ts`, name });
const e2e = (file, name) => ({ project: 'e2e', file: `test/e2e/${file}.e2e.ts`, name });
const unit = (file, name) => ({ project: 'unit', file: `libs/${file}.spec.ts`, name });

/** Every row of the list of faults, and the tests that prove it. */
export const rows = [
  { id: 'F-01', fault: 'kill -9 during writes, Postgres', proofs: [e2e('crash', 'Postgres')] },
  { id: 'F-02', fault: 'kill -9 during writes, SQLite', proofs: [e2e('crash', 'SQLite')] },
  { id: 'F-03', fault: 'Postgres connections killed in a transaction', proofs: [fault('postgres', 'F-03')] },
  { id: 'F-04', fault: 'Postgres down under load', proofs: [fault('postgres', 'F-04')] },
  {
    id: 'F-05',
    fault: 'Postgres hangs',
    proofs: [fault('postgres', 'F-05'), unit('database/src/postgres-outage', 'hangs|wait for a connection')],
  },
  { id: 'F-06', fault: 'Postgres slow', proofs: [fault('postgres', 'F-06')], note: 'Beyond 700 ms it counts as down.' },
  { id: 'F-07', fault: 'start without Postgres', proofs: [e2e('outage', 'a server that starts')] },
  { id: 'F-08', fault: 'Redis down, stalled, flushed, empty, full', proofs: [fault('redis')] },
  { id: 'F-09', fault: 'all hints lost', proofs: [fault('replicas', 'F-09')] },
  { id: 'F-10', fault: 'a replica cut off from Postgres', proofs: [fault('replicas', 'F-10')] },
  { id: 'F-11', fault: 'processes that migrate at once', proofs: [fault('migrations')] },
  { id: 'F-12', fault: 'old and new version side by side', proofs: [fault('versions')] },
  { id: 'F-13', fault: 'a migration that fails', proofs: [unit('database/src/migrate', 'leave nothing behind')] },
  {
    id: 'F-14',
    fault: 'rolling restart under load',
    proofs: [
      fault('rolling-restart', 'F-14'),
      { project: 'operations', file: 'test/operations/nginx.ops.ts', name: 'restarted one after the other' },
    ],
  },
  { id: 'F-15', fault: 'SIGTERM with replies under way', proofs: [e2e('shutdown', 'SIGTERM'), e2e('event-streams')] },
  { id: 'F-16', fault: 'shutdown as PID 1', proofs: [e2e('shutdown', 'as PID 1')] },
  {
    id: 'F-17',
    fault: 'a backend that is down, slow, broken',
    proofs: [e2e('proxy'), unit('proxy/src/backend-client')],
  },
  {
    id: 'F-18',
    fault: 'the AI is down, slow, refusing, broken',
    proofs: [fault('ai'), unit('ai/src/claude-provider'), e2e('ai', 'when the AI cannot answer')],
  },
  { id: 'F-19', fault: 'Elasticsearch down, slow, refusing', proofs: [unit('logging/src/log-sinks', 'Elasticsearch')] },
  {
    id: 'F-20',
    fault: 'a million requests with bodies',
    proofs: [e2e('soak-requests'), unit('journal/src/exchange-log')],
  },
  { id: 'F-21', fault: 'overload', proofs: [fault('overload', 'F-21'), unit('traffic/src/load-shedding')] },
  {
    id: 'F-22',
    fault: 'slow and idle clients',
    proofs: [{ project: 'e2e', file: 'test/security/data-plane-wire.e2e.ts', name: 'D-2[4-7]|connection' }],
  },
  {
    id: 'F-23',
    fault: 'disk full, read-only',
    proofs: [
      unit('database/src/sqlite-file', 'full disk|read-only|locked'),
      unit('logging/src/log-sinks', 'cannot be written'),
    ],
  },
  { id: 'F-24', fault: 'a thousand requests at the first load', proofs: [fault('first-load')] },
  { id: 'F-25', fault: 'fifty writers of one mock', proofs: [fault('replicas', 'F-25')] },
  { id: 'F-26', fault: 'the process stands still for 2 s', proofs: [fault('replicas', 'F-26')] },
  { id: 'F-27', fault: 'clocks that differ', proofs: [fault('replicas', 'F-27')] },
  { id: 'F-28', fault: 'backup while writing, restore', proofs: [e2e('backup', 'taken while mocks are written')] },
  {
    id: 'F-29',
    fault: 'damaged backups',
    proofs: [e2e('backup', 'damaged|never the last good|cannot be made|is verified')],
  },
  {
    id: 'F-30',
    fault: 'a damaged last-known-good file',
    proofs: [unit('mocks/src/catalog-recovery'), unit('workspaces/src/last-known-workspaces')],
  },
  { id: 'F-31', fault: 'all replicas reconnect at once', proofs: [fault('postgres', 'F-31')] },
  { id: 'F-32', fault: 'little memory', proofs: [fault('memory', 'F-32')] },
];
