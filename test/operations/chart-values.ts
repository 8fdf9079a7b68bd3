/** Values that a render needs at least, and every switch of the chart by itself: the sentence is the test's name. */
export const own = {
  secrets: { DATABASE_URL: 'postgresql://user:password@db.example.test:5432/mocks', JWT_SECRET: 'x'.repeat(48) },
};
export const ownSecret = { existingSecret: 'mine' };
export const sqlite = { database: { type: 'sqlite' }, replicaCount: 1, persistence: { enabled: true }, auth: 'off' };
export const trial = {
  postgresql: { enabled: true, password: 'a b+c/d%' },
  redis: { enabled: true, password: 'p@ss' },
  auth: 'off',
};
const parentRefs = [{ name: 'gateway', namespace: 'infra', sectionName: 'https' }];

/** All that can be on at once. */
export const everything = {
  ...own,
  image: { digest: `sha256:${'a'.repeat(64)}` },
  imagePullSecrets: [{ name: 'registry' }],
  commonLabels: { team: 'platform' },
  config: { LOG_LEVEL: 'debug', MAX_BODY_BYTES: 67108864, ADMIN_ON_TRAFFIC_PORT: false },
  migration: { mode: 'job' },
  autoscaling: { enabled: true, targetMemoryUtilizationPercentage: 80 },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'high',
  resources: { limits: { cpu: 1 } },
  podAnnotations: { a: 'b' },
  podLabels: { c: 'd' },
  serviceAccount: { annotations: { e: 'f' } },
  service: { traffic: { type: 'LoadBalancer', annotations: { g: 'h' } }, console: { type: 'NodePort' } },
  ingress: { enabled: true, className: 'nginx', annotations: { i: 'j' } },
  gateway: { enabled: true, parentRefs },
  networkPolicy: {
    trafficFrom: [{ namespaceSelector: {} }],
    consoleFrom: [{ namespaceSelector: {} }],
    servicesTo: [{ ipBlock: { cidr: '10.1.0.0/16' } }],
    extraEgress: [{ to: [{ ipBlock: { cidr: '10.2.0.0/16' } }], ports: [{ port: 8080 }] }],
  },
  metrics: {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboard: { enabled: true },
  },
  backup: { enabled: true },
};

export const switches: Readonly<Record<string, object>> = {
  'the least that works': own,
  'a Secret of the user': ownSecret,
  'everything on': everything,
  'SQLite in one replica': sqlite,
  'PostgreSQL and Redis for a trial': trial,
  'sign-in off': { ...own, auth: 'off' },
  'the migration as a job': { ...own, migration: { mode: 'job' } },
  'the migration as a job, with a Secret of the user': { ...ownSecret, migration: { mode: 'job' } },
  autoscaling: { ...own, autoscaling: { enabled: true } },
  'no disruption budget': { ...own, podDisruptionBudget: { enabled: false } },
  'no spreading': { ...own, topologySpread: { enabled: false } },
  'no ServiceAccount': { ...own, serviceAccount: { create: false } },
  'an Ingress': { ...own, ingress: { enabled: true, className: 'nginx' } },
  'an Ingress without TLS and wildcard': {
    ...own,
    ingress: { enabled: true, className: 'nginx', tls: { enabled: false } },
    hosts: { wildcard: false },
  },
  HTTPRoutes: { ...own, gateway: { enabled: true, parentRefs } },
  'no NetworkPolicy': { ...own, networkPolicy: { enabled: false } },
  'a ServiceMonitor': { ...own, metrics: { serviceMonitor: { enabled: true } } },
  'a PrometheusRule': { ...own, metrics: { prometheusRule: { enabled: true } } },
  'the dashboard': { ...own, metrics: { dashboard: { enabled: true } } },
  'the backup': { ...own, backup: { enabled: true } },
  'the backup into a claim of the user, not verified': {
    ...ownSecret,
    backup: { enabled: true, verify: false, persistence: { existingClaim: 'mine' } },
  },
  'zero wherever zero is a value': {
    ...own,
    replicaCount: 0,
    revisionHistoryLimit: 0,
    maxHeapMiB: 0,
    podDisruptionBudget: { maxUnavailable: 0 },
    updateStrategy: { maxSurge: 0, maxUnavailable: 1 },
    shutdown: { preStopSeconds: 0, drainSeconds: 0, longestReplySeconds: 0 },
    migration: { mode: 'job', backoffLimit: 0 },
    config: { PROXY_CONNECT_TIMEOUT_MS: 0, JOURNAL_MAX_ENTRIES: 0, ADMIN_ON_TRAFFIC_PORT: false },
  },
  'lists that are empty': {
    ...own,
    networkPolicy: { servicePorts: [], outboundPorts: [] },
    topologySpread: { topologyKeys: [] },
  },
};

/** What must be refused, with a part of the sentence: the key that is wrong. */
export const refused: Readonly<Record<string, readonly [object, string]>> = {
  'a number as text': [{ ...own, replicaCount: '2' }, '/replicaCount'],
  'an unknown key': [{ ...own, replicas: 2 }, "'replicas'"],
  'an unknown key further down': [{ ...own, ingress: { enable: true } }, "'enable'"],
  'an unknown setting': [{ ...own, config: { LOG_LEVL: 'debug' } }, "'LOG_LEVL'"],
  'a setting that the chart decides': [{ ...own, config: { PORT: 80 } }, "'PORT'"],
  'an unknown secret': [{ secrets: { DATABASE_URI: 'x' } }, "'DATABASE_URI'"],
  'a secret among the settings': [{ ...own, config: { DATABASE_URL: 'x' } }, "'DATABASE_URL'"],
  'negative resources': [{ ...own, resources: { limits: { memory: '-1Mi' } } }, '/resources/limits/memory'],
  'a negative number': [{ ...own, replicaCount: -1 }, '/replicaCount'],
  'a bogus service type': [{ ...own, service: { traffic: { type: 'Bogus' } } }, '/service/traffic/type'],
  'a port that is none': [{ ...own, service: { console: { port: 70000 } } }, '/service/console/port'],
  'a bogus percentage': [
    { ...own, podDisruptionBudget: { maxUnavailable: '120%' } },
    '/podDisruptionBudget/maxUnavailable',
  ],
  'a probe that never runs': [{ ...own, probes: { liveness: { periodSeconds: 0 } } }, '/probes/liveness/periodSeconds'],
  'a host that is a URL': [{ ...own, hosts: { traffic: 'https://x' } }, '/hosts/traffic'],
  'a digest that is none': [{ ...own, image: { digest: 'latest' } }, '/image/digest'],
  'no database at all': [{}, 'There is no database: set secrets.DATABASE_URL'],
  'no secret to sign tokens with': [{ secrets: { DATABASE_URL: 'postgresql://x/y' } }, 'set secrets.JWT_SECRET'],
  'two places for secrets': [{ ...own, ...ownSecret }, 'existingSecret and secrets are both set'],
  'SQLite in several replicas': [{ ...sqlite, replicaCount: 3 }, 'set replicaCount=1'],
  'SQLite with autoscaling': [{ ...sqlite, autoscaling: { enabled: true } }, 'autoscaling.enabled=false'],
  'SQLite without a volume': [{ ...sqlite, persistence: { enabled: false } }, 'set persistence.enabled=true'],
  'SQLite and PostgreSQL': [{ ...own, ...sqlite }, 'keep one'],
  'SQLite with a migration job': [{ ...sqlite, migration: { mode: 'job' } }, 'use migration.mode=in-app'],
  'SQLite with the backup job': [{ ...sqlite, backup: { enabled: true } }, 'backup.enabled'],
  'one volume for several replicas': [{ ...own, persistence: { enabled: true } }, 'persistence.enabled=false'],
  'a trial database without a password': [{ postgresql: { enabled: true }, auth: 'off' }, 'postgresql.password'],
  'a trial database beside a real one': [{ ...own, postgresql: { enabled: true, password: 'x' } }, 'keep one'],
  'a trial Redis without a password': [{ ...own, redis: { enabled: true } }, 'redis.password'],
  'a trial Redis beside a real one': [{ ...ownSecret, redis: { enabled: true, password: 'x' } }, 'keep one'],
  'a migration before its database': [{ ...trial, migration: { mode: 'job' } }, 'use migration.mode=in-app'],
  'more replicas at least than at most': [
    { ...own, autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 2 } },
    'autoscaling.minReplicas (5)',
  ],
  'an autoscaler with nothing to go by': [
    { ...own, autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } },
    'nothing to go by',
  ],
  'an Ingress without a class': [{ ...own, ingress: { enabled: true } }, 'ingress.className'],
  'routes without a Gateway': [{ ...own, gateway: { enabled: true } }, 'gateway.parentRefs'],
  'an update that can replace nothing': [{ ...own, updateStrategy: { maxSurge: 0 } }, 'no pod could ever be replaced'],
  'instance metadata within reach': [{ ...own, networkPolicy: { outboundExcept: [] } }, '169.254.0.0/16'],
};
