// Starts a contender's process, waits until it answers, and stops it. Knows nothing about any contender.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const POLL_EVERY_MS = 10;

const running = new Set();
const folders = new Set();
let isOver = false;

/** A free port on loopback. Nothing holds it, so take it at once. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'mock-server-bench-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/**
 * Starts `command` and resolves when GET `readyUrl` has status `readyStatus`: { pid, startMs, stop }.
 * The process sees only PATH, HOME and `env`, so that settings of the person who measures do not colour the figures.
 */
export async function startServer({ command, args, env = {}, readyUrl, readyStatus = 200, folder }) {
  if (isOver) throw new Error('the bench is being stopped');
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'a');
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', log, log],
  });
  running.add(child);
  let failure;
  child.once('error', error => (failure = error.message));
  child.once('exit', (code, signal) => {
    running.delete(child);
    failure ??= `ended with ${signal ?? `exit code ${code}`}`;
  });
  while ((await statusOf(readyUrl)) !== readyStatus) {
    const waitedMs = performance.now() - startedAt;
    if (failure === undefined && waitedMs > READY_WITHIN_MS)
      failure = `was not ready after ${READY_WITHIN_MS / 1_000} s`;
    if (failure !== undefined) {
      await stop(child);
      throw new Error(`${command} ${failure}. Its last words:\n${lastLines(logFile)}`);
    }
    await delay(POLL_EVERY_MS);
  }
  return { pid: child.pid, startMs: performance.now() - startedAt, stop: () => stop(child) };
}

/** For the way out: leaves no server and no folder behind, and lets no new one start meanwhile. */
export async function stopAllServers() {
  isOver = true;
  await Promise.all([...running].map(stop));
  for (const folder of [...folders]) removeFolder(folder);
}

async function statusOf(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(deadline);
}

const lastLines = file => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
