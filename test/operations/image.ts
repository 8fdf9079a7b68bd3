import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const run = promisify(execFile);

/** What the image says about itself, as buildah tells it. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

export async function buildah(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('buildah', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** Builds docker/Dockerfile as it is, on the official base image or a stand-in for it. */
export async function buildImage(name: string, args: Readonly<Record<string, string>>): Promise<void> {
  await run(join(__dirname, 'base-image.sh'), [], { cwd: root });
  const buildArgs = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  // --format docker: the OCI format has no place for a health check.
  const how = ['--isolation', 'chroot', '--network', 'host', '--layers', '--format', 'docker'];
  await buildah('build', ...how, ...buildArgs, '--target', 'server', '-f', 'docker/Dockerfile', '-t', name, '.');
}

export async function inspectImage(name: string): Promise<{ readonly config: ImageConfig; readonly bytes: number }> {
  const { Docker } = JSON.parse(await buildah('inspect', '--type', 'image', name)) as {
    Docker: { config: ImageConfig };
  };
  const [image] = JSON.parse(await buildah('images', '--json', name)) as { size: string }[];
  return { config: Docker.config, bytes: bytesOf(image?.size ?? '') };
}

function bytesOf(size: string): number {
  const [, number = 'NaN', unit = ''] = /^([\d.]+) ?([KMG]?)B$/i.exec(size) ?? [];
  return Number(number) * { '': 1, K: 1e3, M: 1e6, G: 1e9 }[unit.toUpperCase()]!;
}

export interface RootFs {
  readonly folder: string;
  remove(): Promise<void>;
}

/** The image's file system, laid out as a container's. */
export async function openImage(name: string): Promise<RootFs> {
  const container = await buildah('from', '--pull-never', name);
  const folder = await buildah('mount', container);
  return {
    folder,
    remove: async () => {
      await buildah('umount', container);
      await buildah('rm', container);
    },
  };
}

export interface Container {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  /** The first process of the container, as seen from outside. */
  pid(): number;
  output(): string;
}

/**
 * Runs the image as Kubernetes' restricted profile would: root file system read-only, only the data folder and /tmp writable, the
 * image's own user, no capabilities, no new privileges, process 1 of its own PID namespace. Mount and PID namespaces, as an engine
 * makes them; not one itself, for those need cgroups that a test machine may not have.
 */
export async function startContainer(
  { folder }: RootFs,
  config: ImageConfig,
  options: {
    readonly args?: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly dataDir: string;
  },
): Promise<Container> {
  await mkdir(options.dataDir, { recursive: true });
  await run('chown', [config.User, options.dataDir]);
  const [user = '', group = user] = config.User.split(':');
  const command = [...config.Entrypoint, ...(options.args ?? config.Cmd)];
  const script = [
    'set -e',
    'mount --bind "$ROOT" "$ROOT"',
    'mount --bind "$DATA" "$ROOT/app/data"',
    'mount -t proc proc "$ROOT/proc"',
    'mount --rbind /dev "$ROOT/dev"',
    'mount -t tmpfs -o mode=1777,size=64m tmpfs "$ROOT/tmp"',
    'mount -o remount,bind,ro "$ROOT"',
    `exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid,+setpcap --inh-caps=-all \\
      chroot "$ROOT" /bin/sh -c 'cd "$0" && exec setpriv --reuid ${user} --regid ${group} --clear-groups --bounding-set=-all -- "$@"' "$@"`,
  ].join('\n');
  const unshare = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', script, 'container', config.WorkingDir, ...command],
    { env: { ...Object.fromEntries(config.Env.map(splitEnv)), ...options.env, ROOT: folder, DATA: options.dataDir } },
  );
  let text = '';
  for (const stream of [unshare.stdout, unshare.stderr]) stream.on('data', (chunk: Buffer) => (text += String(chunk)));
  const exited = new Promise<number | null>(resolve => unshare.once('exit', code => resolve(code)));
  const pid = (): number => Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim());
  return { process: unshare, exited, pid, output: () => text };
}

function splitEnv(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
