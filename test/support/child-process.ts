import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';

/** Starts a TypeScript file of the tests in a process of its own. */
export function startScript(file: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['-r', join(__dirname, 'ts-require.js'), file, ...args]);
}

/** Resolves with what the process wrote and its exit code when it has ended. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise(resolve => child.on('close', code => resolve({ code, output })));
}

/** Resolves when the process has written the text; rejects with all it wrote when it ends without. */
export function saying(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes(text)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('close', () => reject(new Error(`The process ended without saying '${text}': ${output}`)));
  });
}
