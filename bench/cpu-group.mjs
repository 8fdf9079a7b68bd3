// A control group that lets its processes have a part of a core, as the CPU limit of a container does. Linux only, and as root.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** What differs between the two versions of control groups. */
const versions = {
  v2: {
    folder: ROOT,
    limit: (group, { quotaUs, periodUs }) => writeFileSync(join(group, 'cpu.max'), `${quotaUs} ${periodUs}`),
    throttledMs: stat => stat['throttled_usec'] / 1e3,
  },
  v1: {
    folder: join(ROOT, 'cpu'),
    limit: (group, { quotaUs, periodUs }) => {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(periodUs));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quotaUs));
    },
    throttledMs: stat => stat['throttled_time'] / 1e6,
  },
};

/** Kubernetes and Docker give the quota anew every 100 ms. Throws a sentence for people where groups cannot be made. */
export function makeCpuGroup({ cores, periodUs = 100_000 }) {
  const version = existsSync(join(versions.v1.folder, 'cpu.cfs_quota_us')) ? versions.v1 : versions.v2;
  const group = join(version.folder, `mock-server-bench-${process.pid}`);
  try {
    mkdirSync(group);
    version.limit(group, { quotaUs: Math.round(cores * periodUs), periodUs });
  } catch (error) {
    if (existsSync(group)) rmdirSync(group);
    throw new Error(
      `A CPU limit needs Linux, root and control groups that can be written (${error.message}). In a container: docker run --privileged.`,
      { cause: error },
    );
  }
  return {
    /** As command and arguments: the program begins its life inside the group. */
    inside: (command, args) => ({
      command: '/bin/sh',
      args: ['-c', 'echo $$ > "$0" && exec "$@"', join(group, 'cgroup.procs'), command, ...args],
    }),
    /** Periods so far, those at whose end the quota was used up, and how long threads waited for the next. */
    throttling: () => {
      const lines = readFileSync(join(group, 'cpu.stat'), 'utf8').trim().split('\n');
      const stat = Object.fromEntries(lines.map(line => [line.split(' ')[0], Number(line.split(' ')[1])]));
      return { periods: stat['nr_periods'], throttled: stat['nr_throttled'], waitedMs: version.throttledMs(stat) };
    },
    /** When its last process has ended. */
    remove: () => rmdirSync(group),
  };
}
