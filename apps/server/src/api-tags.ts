/** What the sections of the API document are about, in the order they are shown. */
export const apiTags: Readonly<Record<string, string>> = {
  mappings: 'The mocks: create, list, edit, delete, import',
  files: 'Bodies that mocks answer with by name (bodyFileName)',
  scenarios: 'State machines that mocks share',
  state: 'The key-value store, which mocks read and write',
  requests: 'The journal: what came in, what went out, and verification',
  'near-misses': 'What came closest',
  workspaces: 'Isolated sets of mocks',
  settings: 'Settings of a workspace',
  system: 'Reset, version, health',
  health: 'Probes and summary',
  observability: 'Metrics',
  docs: 'This document',
};
