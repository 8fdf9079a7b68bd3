import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeScratch } from '../support/scratch';
import { startServer } from '../support/server';
import { everything, own, ownSecret, refused, switches, trial } from './chart-values';
import { chart, helm, render, type KubernetesObject } from './helm';
import { breaches, podOf } from './restricted';

const root = join(__dirname, '../..');
const run = promisify(execFile);

async function objectsOf(values: object, release = 'mock'): Promise<readonly KubernetesObject[]> {
  const result = await render(values, { release });
  if (!result.ok) throw new Error(result.message);
  return result.objects;
}

function the(objects: readonly KubernetesObject[], kind: string, suffix = ''): KubernetesObject {
  const found = objects.filter(object => object.kind === kind && object.metadata.name.endsWith(suffix));
  if (found.length === 0) throw new Error(`No ${kind} …${suffix} was rendered`);
  return found.reduce((a, b) => (a.metadata.name.length <= b.metadata.name.length ? a : b));
}

const serverOf = (objects: readonly KubernetesObject[]) => the(objects, 'Deployment')['spec'].template;

describe('what is made from something else', () => {
  it('is up to date', async () => {
    const { stdout } = await run(process.execPath, ['helm/generate.mjs', '--check'], { cwd: root });
    expect(stdout).toContain('up to date');
  });
});

describe('every way to install', () => {
  const rendered = new Map<string, readonly KubernetesObject[]>();

  it.each(Object.entries(switches))('%s: renders, twice to the same bytes', async (name, values) => {
    const [first, second] = [await render(values), await render(values)];
    expect(first).toMatchObject({ ok: true });
    expect(second).toEqual(first);
    if (first.ok) rendered.set(name, first.objects);
  });

  it('makes objects that Kubernetes knows, key by key', async () => {
    const objects = [
      ...new Map([...rendered.values()].flat().map(object => [JSON.stringify(object), object])).values(),
    ];
    expect(rendered.size).toBe(Object.keys(switches).length);
    expect(await problemsOf(objects)).toEqual([]);
  });

  it('makes no pod that breaks the restricted profile', () => {
    const pods = [...rendered.values()].flat().flatMap(object => podOf(object) ?? []);
    expect(pods.length).toBeGreaterThan(50);
    expect([...new Set(pods.flatMap(breaches))]).toEqual([]);
  });

  it('gives every object a name of its own, of at most 63 characters', () => {
    for (const objects of rendered.values()) {
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      expect(objects.filter(({ metadata }) => !/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(metadata.name))).toEqual([]);
    }
  });

  it('refers to nothing that is neither rendered nor given', () => {
    for (const objects of rendered.values()) {
      const there = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      const pods = objects.flatMap(object => podOf(object) ?? []);
      const wanted = [
        ...JSON.stringify(pods).matchAll(/"(secretKeyRef|configMapRef|configMap|claimName)":(?:\{"name":)?"([^"]+)"/g),
      ];
      const kinds = {
        secretKeyRef: 'Secret',
        configMapRef: 'ConfigMap',
        configMap: 'ConfigMap',
        claimName: 'PersistentVolumeClaim',
      };
      const missing = wanted
        .map(([, field, name]) => `${kinds[field as keyof typeof kinds]} ${name}`)
        .filter(ref => !there.has(ref));
      expect(missing.filter(ref => !ref.endsWith(' mine'))).toEqual([]);
    }
  });
});

describe('the checks themselves', () => {
  it('see an unknown key, a wrong type and a missing field', async () => {
    const deployment = the(await objectsOf(own), 'Deployment');
    const change = (work: (copy: KubernetesObject) => void): KubernetesObject => {
      const copy = structuredClone(deployment);
      work(copy);
      return copy;
    };
    const broken = [
      change(copy => (copy['spec'].template.spec.containers[0].livenesProbe = {})),
      change(copy => (copy['spec'].replicas = 'three')),
      change(copy => delete copy['spec'].selector),
    ];
    const problems = (await problemsOf(broken)).join('\n');
    expect(problems).toContain('livenesProbe');
    expect(problems).toContain('replicas');
    expect(problems).toContain('selector');
  });

  it('see a pod that is not restricted', async () => {
    const pod = structuredClone(podOf(the(await objectsOf(own), 'Deployment'))!);
    pod.containers[0]!['securityContext'].readOnlyRootFilesystem = false;
    expect(breaches(pod)).toEqual(['server: readOnlyRootFilesystem']);
  });
});

describe('what cannot work', () => {
  it.each(Object.entries(refused))('%s is refused, and the key is named', async (_name, [values, sentence]) => {
    const result = await render(values);
    expect(result.ok).toBe(false);
    expect(result.ok ? '' : result.message).toContain(sentence);
  });

  it('is all that helm lint finds', async () => {
    const { code, stdout } = await helm(['lint', '--strict', chart, '--values', '-'], JSON.stringify(everything));
    expect(`${code}\n${stdout}`).toMatch(/^0\n/);
  });
});

describe('secrets', () => {
  it('with a Secret of the user none is rendered, and all keys are read from it', async () => {
    const objects = await objectsOf(ownSecret);
    const settings = await import(join(root, 'dist/libs/config/src/index.js'));
    const names = settings.settingNames as string[];
    const secret = names.filter(name => settings.settingOf(name).isSecret === true);
    const read = serverOf(objects).spec.containers[0].env.map(
      ({ name, valueFrom }: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }) => [
        name,
        valueFrom.secretKeyRef.name,
        valueFrom.secretKeyRef.key,
      ],
    );
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(read.every(([name, from, key]: string[]) => from === 'mine' && key === name)).toBe(true);
    expect(read.map(([name]: string[]) => name)).toEqual(expect.arrayContaining(secret));
  });

  it('never stand in a ConfigMap, an argument or an annotation', async () => {
    for (const values of [own, trial]) {
      const objects = (await objectsOf(values)).filter(({ kind }) => kind !== 'Secret');
      for (const text of ['password@', 'x'.repeat(48), 'a b+c', 'p@ss'])
        expect(JSON.stringify(objects)).not.toContain(text);
    }
  });

  it('with special characters arrive as they are', async () => {
    const { data } = the(await objectsOf(trial), 'Secret', 'mock-mock-server');
    const url = new URL(Buffer.from(data.DATABASE_URL, 'base64').toString());
    const redis = new URL(Buffer.from(data.REDIS_URL, 'base64').toString());
    expect(decodeURIComponent(url.password)).toBe('a b+c/d%');
    expect(decodeURIComponent(redis.password)).toBe('p@ss');
  });
});

describe("the server's pods", () => {
  it('restart when a setting changes, and only then', async () => {
    const checksum = async (values: object) =>
      serverOf(await objectsOf(values)).metadata.annotations['checksum/config'];
    const before = await checksum(own);
    expect(await checksum({ ...own, config: { LOG_LEVEL: 'debug' } })).not.toBe(before);
    expect(
      await checksum({ ...own, commonLabels: { a: 'b' }, replicaCount: 5, service: { traffic: { port: 8080 } } }),
    ).toBe(before);
  });

  it('get large numbers as they were written', async () => {
    const { data } = the(await objectsOf(everything), 'ConfigMap', 'mock-server');
    expect(data).toMatchObject({ MAX_BODY_BYTES: '67108864', ADMIN_ON_TRAFFIC_PORT: 'false', LOG_LEVEL: 'debug' });
  });

  it.each<[string, object, number]>([
    ['by default', {}, 85],
    ['with longer times', { shutdown: { preStopSeconds: 20, drainSeconds: 30, longestReplySeconds: 300 } }, 360],
    ['with none', { shutdown: { preStopSeconds: 0, drainSeconds: 0, longestReplySeconds: 0 } }, 10],
  ])('have time to end %s: hook, drain, longest reply and a little', async (_name, values, seconds) => {
    const { spec } = serverOf(await objectsOf({ ...own, ...values }));
    expect(spec.terminationGracePeriodSeconds).toBe(seconds);
  });

  it('cap the heap below the memory limit', async () => {
    const heap = async (values: object) =>
      the(await objectsOf({ ...own, ...values }), 'ConfigMap', 'mock-server')['data'].NODE_OPTIONS;
    expect(await heap({})).toBe('--max-old-space-size=320');
    expect(await heap({ resources: { limits: { memory: '2Gi' } } })).toBe('--max-old-space-size=1280');
    expect(await heap({ maxHeapMiB: 200 })).toBe('--max-old-space-size=200');
    expect(await heap({ maxHeapMiB: 0 })).toBeUndefined();
  });

  it('are probed on the three health routes', async () => {
    const [container] = serverOf(await objectsOf(own)).spec.containers;
    const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(probe => container[probe].httpGet);
    expect(paths).toEqual(['startup', 'ready', 'live'].map(name => ({ path: `/health/${name}`, port: 'console' })));
  });

  it('do not block a node drain, even with one replica', async () => {
    const objects = await objectsOf({ ...own, replicaCount: 1 });
    expect(the(objects, 'PodDisruptionBudget')['spec']).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
    expect(the(objects, 'PodDisruptionBudget')['spec'].minAvailable).toBeUndefined();
  });

  it('keep a 0 that somebody wrote', async () => {
    const objects = await objectsOf(switches['zero wherever zero is a value']!);
    expect(the(objects, 'Deployment')['spec']).toMatchObject({
      replicas: 0,
      revisionHistoryLimit: 0,
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
    expect(the(objects, 'PodDisruptionBudget')['spec'].maxUnavailable).toBe(0);
    expect(the(objects, 'Job')['spec'].backoffLimit).toBe(0);
    expect(the(objects, 'ConfigMap', 'mock-server')['data']).toMatchObject({
      PROXY_CONNECT_TIMEOUT_MS: '0',
      JOURNAL_MAX_ENTRIES: '0',
      SHUTDOWN_DELAY_MS: '0',
    });
    expect(serverOf(objects).spec.containers[0].lifecycle).toBeUndefined();
  });

  it('leave the number of replicas to the autoscaler', async () => {
    expect(the(await objectsOf(everything), 'Deployment')['spec'].replicas).toBeUndefined();
  });
});

describe('network policies', () => {
  it('restrict every pod of the chart in both directions', async () => {
    for (const values of [
      { ...everything },
      trial,
      { ...own, migration: { mode: 'job' }, backup: { enabled: true } },
    ]) {
      const objects = await objectsOf(values);
      const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
      const labelsOf = (object: KubernetesObject): Record<string, string> =>
        (object.kind === 'CronJob'
          ? object['spec'].jobTemplate.spec.template
          : object.kind === 'Pod'
            ? object
            : object['spec'].template
        ).metadata.labels;
      const covers = (policy: KubernetesObject, labels: Record<string, string>): boolean =>
        Object.entries(policy['spec'].podSelector.matchLabels as Record<string, string>).every(
          ([name, value]) => labels[name] === value,
        );
      const open = objects
        .filter(object => podOf(object) !== undefined)
        .filter(object => !policies.some(policy => covers(policy, labelsOf(object))));
      expect(open.map(({ metadata }) => metadata.name)).toEqual([]);
      for (const policy of policies) expect(policy['spec'].policyTypes).toEqual(['Ingress', 'Egress']);
    }
  });

  it('let the server ask DNS and its services, and never instance metadata', async () => {
    const { egress } = the(await objectsOf(own), 'NetworkPolicy')['spec'];
    const ports = egress.flatMap((rule: { ports?: { port: number }[] }) => rule.ports?.map(({ port }) => port) ?? []);
    const open = egress
      .flatMap((rule: { to?: { ipBlock?: { cidr: string; except?: string[] } }[] }) => rule.to ?? [])
      .filter((peer: { ipBlock?: { cidr: string } }) => peer.ipBlock?.cidr === '0.0.0.0/0');
    expect(ports).toEqual(expect.arrayContaining([53, 5432, 6379, 9200, 443]));
    expect(open.length).toBe(2);
    for (const { ipBlock } of open) expect(ipBlock.except).toContain('169.254.0.0/16');
  });
});

describe('addresses', () => {
  it('the Ingress has a class, no annotation of old, and one rule a host', async () => {
    const ingress = the(await objectsOf({ ...own, ingress: { enabled: true, className: 'nginx' } }), 'Ingress');
    expect(ingress['spec'].ingressClassName).toBe('nginx');
    expect(JSON.stringify(ingress)).not.toMatch(/kubernetes\.io\/ingress\.class|nginx\.ingress\.kubernetes\.com/);
    expect(ingress['spec'].rules.map(({ host }: { host: string }) => host)).toEqual([
      'mock.example.test',
      '*.mock.example.test',
      'ui.example.test',
    ]);
    expect(the(await objectsOf(own), 'ConfigMap', 'mock-server')['data'].WORKSPACE_DOMAIN).toBe('mock.example.test');
  });

  it.each(['m', 'a'.repeat(53), 'team.a', 'team-a', '1st', 'mock-server'])(
    'release %s gets names that are valid',
    async release => {
      const objects = await objectsOf({ ...everything, migration: { mode: 'in-app' } }, release);
      for (const { metadata, kind } of objects) {
        expect(metadata.name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
        if (kind === 'CronJob') expect(metadata.name.length).toBeLessThanOrEqual(52);
      }
    },
  );

  it('no two releases meet at one name, however alike theirs are', async () => {
    const releases = ['team.a', 'team-a', `${'a'.repeat(52)}b`, `${'a'.repeat(52)}c`];
    const names = (await Promise.all(releases.map(release => objectsOf(own, release)))).map(
      objects => the(objects, 'Deployment').metadata.name,
    );
    expect(new Set(names).size).toBe(releases.length);
  });
});

describe('hooks', () => {
  it('the migration job comes before the rest, brings its own Secret, and gives up in time', async () => {
    const objects = await objectsOf({ ...own, migration: { mode: 'job' } });
    const job = the(objects, 'Job');
    const secret = the(objects, 'Secret', '-migration');
    expect(job['spec']).toMatchObject({ activeDeadlineSeconds: 300, backoffLimit: 2 });
    for (const { metadata } of [job, secret]) {
      expect(metadata.annotations).toMatchObject({
        'helm.sh/hook': 'pre-install,pre-upgrade',
        'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      });
    }
    const weight = ({ metadata }: KubernetesObject) => Number(metadata.annotations?.['helm.sh/hook-weight']);
    expect(weight(secret)).toBeLessThan(weight(job));
  });

  it('helm test makes, calls and deletes a mock: against a server here', async () => {
    const scratch = await makeScratch();
    const server = await startServer({
      DATABASE_URL: `sqlite:${join(scratch.folder, 'm.db')}`,
      DATA_DIR: scratch.folder,
    });
    try {
      const env = { PATH: process.env['PATH'], TRAFFIC_URL: server.url, CONSOLE_URL: server.consoleUrl };
      const { stdout } = await run(process.execPath, [join(chart, 'files/story.mjs')], { env });
      const sick = run(process.execPath, [join(chart, 'files/story.mjs')], {
        env: { ...env, TRAFFIC_URL: 'http://127.0.0.1:1' },
      });
      expect(stdout).toContain('A mock was made, answered and deleted.');
      await expect(sick).rejects.toMatchObject({ code: 1 });
      const left = (await (await fetch(`${server.consoleUrl}/__admin/mappings`)).json()) as { meta: { total: number } };
      expect(left.meta.total).toBe(0);
    } finally {
      await server.stop();
      await scratch.remove();
    }
  });
});

describe('the notes', () => {
  const notesOf = async (values: object): Promise<string> => {
    const { stdout, stderr } = await helm(
      ['install', 'mock', chart, '--dry-run=client', '--namespace', 'team', '--values', '-'],
      JSON.stringify(values),
    );
    return /^NOTES:\n([^]*)$/m.exec(stdout)?.[1] ?? stderr;
  };

  it('name objects that are rendered', async () => {
    const notes = await notesOf(own);
    const objects = await objectsOf(own);
    const names = [...notes.matchAll(/(deployment|service)\/(\S+)/g)].map(([, kind, name]) => `${kind} ${name}`);
    const there = objects.map(({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.name}`);
    expect(names.length).toBe(3);
    expect(there).toEqual(expect.arrayContaining(names));
    expect(notes).toContain('helm --namespace team test mock');
  });

  it('say where it is reached, and warn where sign-in is off', async () => {
    expect(await notesOf(everything)).toContain('https://mock.example.test');
    expect(await notesOf({ ...own, auth: 'off' })).toContain('Sign-in is off');
    expect(await notesOf(own)).not.toContain('Sign-in is off');
  });
});

async function problemsOf(objects: readonly KubernetesObject[]): Promise<string[]> {
  const child = spawn(process.execPath, [join(__dirname, 'check-objects.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(JSON.stringify(objects));
  await new Promise(resolve => child.on('close', resolve));
  return JSON.parse(Buffer.concat(chunks).toString()) as string[];
}

it('the README shows commands that render', () => {
  const readme = readFileSync(join(chart, 'README.md'), 'utf8');
  expect(readme).toContain('--set postgresql.enabled=true,postgresql.password=trial,auth=off');
  expect(readme).toContain('--set database.type=sqlite,replicaCount=1,persistence.enabled=true,auth=off');
});
