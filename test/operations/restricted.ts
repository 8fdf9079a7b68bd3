import { type KubernetesObject } from './helm';

interface Container {
  readonly name: string;
  readonly image: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as rendered
  readonly [field: string]: any;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as rendered
  readonly [field: string]: any;
}

/** The pod that an object makes, if it makes one. */
export function podOf(object: KubernetesObject): PodSpec | undefined {
  switch (object.kind) {
    case 'Pod':
      return object['spec'] as PodSpec;
    case 'CronJob':
      return object['spec'].jobTemplate.spec.template.spec as PodSpec;
    case 'Deployment':
    case 'StatefulSet':
    case 'Job':
      return object['spec'].template.spec as PodSpec;
    default:
      return undefined;
  }
}

/** Where a pod breaks Pod Security "restricted", or this project's own rule of a read-only root file system. */
export function breaches(pod: PodSpec): string[] {
  const found: string[] = [];
  const must = (isSo: boolean, what: string): void => void (isSo || found.push(what));
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) must(!pod[field], field);
  must(pod['automountServiceAccountToken'] === false, 'a ServiceAccount token is mounted');
  must(pod['securityContext']?.runAsNonRoot === true, 'runAsNonRoot of the pod');
  must(pod['securityContext']?.runAsUser > 0, 'runAsUser of the pod');
  must(pod['securityContext']?.seccompProfile?.type === 'RuntimeDefault', 'seccompProfile of the pod');
  for (const volume of (pod['volumes'] ?? []) as Record<string, unknown>[]) {
    const type = Object.keys(volume).find(key => key !== 'name') ?? '';
    must(['emptyDir', 'configMap', 'secret', 'persistentVolumeClaim', 'projected'].includes(type), `volume ${type}`);
  }
  for (const { name, securityContext: security, ...container } of [...pod.containers, ...(pod.initContainers ?? [])]) {
    must(security?.allowPrivilegeEscalation === false, `${name}: allowPrivilegeEscalation`);
    must(security?.privileged !== true, `${name}: privileged`);
    must(security?.readOnlyRootFilesystem === true, `${name}: readOnlyRootFilesystem`);
    must(security?.runAsNonRoot === true, `${name}: runAsNonRoot`);
    must(security?.runAsUser !== 0, `${name}: runAsUser`);
    must(JSON.stringify(security?.capabilities) === '{"drop":["ALL"]}', `${name}: capabilities`);
    must(security?.seccompProfile?.type === 'RuntimeDefault', `${name}: seccompProfile`);
    must(!(container['ports'] ?? []).some((port: { hostPort?: number }) => port.hostPort), `${name}: hostPort`);
    must(container['resources']?.limits?.memory !== undefined, `${name}: no memory limit`);
    must(container['resources']?.requests !== undefined, `${name}: no requests`);
    must(/:[^:/]+$/.test(container.image) && !container.image.endsWith(':latest'), `${name}: image is not pinned`);
  }
  return found;
}
