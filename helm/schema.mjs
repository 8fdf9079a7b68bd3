// The rules of values.yaml, from which generate.mjs writes values.schema.json. No object takes a key that is not named here,
// but for those that are Kubernetes' own (labels, affinity, …).
const object = (properties, more = {}) => ({ type: 'object', additionalProperties: false, properties, ...more });
const text = (more = {}) => ({ type: 'string', ...more });
const whole = (minimum, maximum) => ({ type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) });
const flag = { type: 'boolean' };
const oneOf = (...values) => ({ type: 'string', enum: values });
const listOf = items => ({ type: 'array', items });
const anyObject = { type: 'object' };
const texts = { type: 'object', additionalProperties: { type: 'string' } };
const orNull = schema => ({ anyOf: [schema, { type: 'null' }] });
const countOrPercent = { anyOf: [whole(0), text({ pattern: '^(100|[1-9]?[0-9])%$' })] };
const quantity = {
  anyOf: [text({ pattern: '^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$' }), { type: 'number', minimum: 0 }],
};
const quantities = { type: 'object', additionalProperties: quantity };
const resources = object({ requests: quantities, limits: quantities, claims: listOf(anyObject) });
const hostName = text({ pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$' });
const service = object({
  type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
  port: whole(1, 65535),
  annotations: texts,
});
const settingValue = { type: ['string', 'number', 'boolean', 'null'] };
const named = (names, value) => object(Object.fromEntries(names.map(name => [name, value])));

/** The schema; `config` and `secrets` take the settings that the server knows and the chart does not set itself. */
export function schemaOf({ plainSettings, secretSettings }) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the mock-server chart',
    ...object({
      global: anyObject,
      image: object({
        repository: text({ minLength: 1 }),
        tag: text(),
        digest: text({ pattern: '^(sha256:[0-9a-f]{64})?$' }),
        pullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
      }),
      imagePullSecrets: listOf(object({ name: text({ minLength: 1 }) }, { required: ['name'] })),
      nameOverride: text(),
      fullnameOverride: text(),
      commonLabels: texts,
      auth: oneOf('on', 'off'),
      config: named(plainSettings, settingValue),
      secrets: named(secretSettings, settingValue),
      existingSecret: text(),
      database: object({ type: oneOf('postgresql', 'sqlite') }),
      persistence: object({
        enabled: flag,
        size: quantity,
        storageClassName: text(),
        existingClaim: text(),
        emptyDirSizeLimit: quantity,
      }),
      migration: object({ mode: oneOf('in-app', 'job'), deadlineSeconds: whole(1), backoffLimit: whole(0) }),
      replicaCount: whole(0),
      autoscaling: object({
        enabled: flag,
        minReplicas: whole(1),
        maxReplicas: whole(1),
        targetCPUUtilizationPercentage: orNull(whole(1)),
        targetMemoryUtilizationPercentage: orNull(whole(1)),
      }),
      podDisruptionBudget: object({ enabled: flag, maxUnavailable: countOrPercent }),
      updateStrategy: object({ maxSurge: countOrPercent, maxUnavailable: countOrPercent }),
      revisionHistoryLimit: whole(0),
      topologySpread: object({
        enabled: flag,
        maxSkew: whole(1),
        whenUnsatisfiable: oneOf('ScheduleAnyway', 'DoNotSchedule'),
        topologyKeys: listOf(text({ minLength: 1 })),
      }),
      nodeSelector: texts,
      tolerations: listOf(anyObject),
      affinity: anyObject,
      priorityClassName: text(),
      resources,
      maxHeapMiB: orNull(whole(0)),
      shutdown: object({ preStopSeconds: whole(0), drainSeconds: whole(0), longestReplySeconds: whole(0) }),
      probes: object({
        startup: object({ periodSeconds: whole(1), failureThreshold: whole(1) }),
        readiness: object({ periodSeconds: whole(1), timeoutSeconds: whole(1), failureThreshold: whole(1) }),
        liveness: object({ periodSeconds: whole(1), timeoutSeconds: whole(1), failureThreshold: whole(1) }),
      }),
      podAnnotations: texts,
      podLabels: texts,
      serviceAccount: object({ create: flag, name: text(), annotations: texts }),
      service: object({ traffic: service, console: service }),
      hosts: object({ traffic: hostName, wildcard: flag, console: hostName }),
      ingress: object({
        enabled: flag,
        className: text(),
        annotations: texts,
        tls: object({ enabled: flag, secretName: text() }),
      }),
      gateway: object({ enabled: flag, parentRefs: listOf(anyObject) }),
      networkPolicy: object({
        enabled: flag,
        trafficFrom: listOf(anyObject),
        consoleFrom: listOf(anyObject),
        dnsTo: listOf(anyObject),
        servicePorts: listOf(whole(1, 65535)),
        servicesTo: listOf(anyObject),
        outboundPorts: listOf(whole(1, 65535)),
        outboundExcept: listOf(text({ pattern: '^[0-9a-f.:]+/[0-9]+$' })),
        extraEgress: listOf(anyObject),
      }),
      metrics: object({
        serviceMonitor: object({ enabled: flag, interval: text({ pattern: '^[0-9]+(ms|s|m)$' }), labels: texts }),
        prometheusRule: object({ enabled: flag, labels: texts }),
        dashboard: object({ enabled: flag, labels: texts }),
      }),
      backup: object({
        enabled: flag,
        schedule: text({ minLength: 9 }),
        keep: whole(1),
        verify: flag,
        deadlineSeconds: whole(1),
        image: object({ repository: text({ minLength: 1 }), tag: text() }),
        persistence: object({ size: quantity, storageClassName: text(), existingClaim: text() }),
        resources,
      }),
      postgresql: object({ enabled: flag, image: text({ minLength: 1 }), password: text(), size: quantity, resources }),
      redis: object({ enabled: flag, image: text({ minLength: 1 }), password: text(), resources }),
    }),
  };
}
