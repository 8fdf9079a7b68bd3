import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAdminJson, Problem } from '@mock-server/http';
import { isObject, readMapping } from '@mock-server/engine';
import { v5 as uuidFromName } from 'uuid';
import { toDocument, type MappingDocument } from './mapping-document';

const maxFiles = 10_000;
const maxDepth = 20;
const maxFileBytes = 32 * 1_024 * 1_024;
/** Any fixed UUID: makes the ids of mappings without one from their place, the same at each start (RFC 9562, 5.5). */
const idNamespace = '6d6f636b-2d73-4572-9665-722d66696c65';

export type MappingFile =
  | { readonly ok: true; readonly file: string; readonly hash: string; readonly documents: readonly MappingDocument[] }
  | { readonly ok: false; readonly file: string; readonly message: string };

/** Paths of the mapping files below a WireMock folder, sorted: those in `mappings/`, or in the folder itself when it has none. */
export async function findMappingFiles(
  root: string,
): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  const hasMappings = (await stat(join(root, 'mappings')).catch(() => undefined))?.isDirectory() === true;
  const folder = hasMappings ? join(root, 'mappings') : root;
  const files = (await walk(folder, '', 0)).filter(file => hasMappings || !file.startsWith('__files/')).sort();
  return { folder, files: files.slice(0, maxFiles) };
}

/** Follows links; what begins with a dot is hidden, such as the versions that Kubernetes keeps behind the links of a ConfigMap. */
async function walk(root: string, below: string, depth: number): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || found.length > maxFiles) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const target = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => undefined) : entry;
    if (target?.isDirectory() && depth < maxDepth) found.push(...(await walk(root, path, depth + 1)));
    else if (target?.isFile() && entry.name.endsWith('.json')) found.push(path);
  }
  return found;
}

/** Reads a file of one mapping or of `{ "mappings": [ … ] }`. What is wrong is said with its line and column, or its JSON Pointer. */
export async function readMappingFile(folder: string, file: string): Promise<MappingFile> {
  const refuse = (message: string): MappingFile => ({ ok: false, file, message });
  try {
    const path = join(folder, file);
    if ((await stat(path)).size > maxFileBytes) return refuse(`has more than ${maxFileBytes} bytes; split it`);
    const bytes = await readFile(path);
    const value = parseAdminJson(bytes);
    const list = isObject(value) && Array.isArray(value['mappings']) ? (value['mappings'] as unknown[]) : [value];
    const read = list.map((mapping, i) =>
      readOne(mapping, { file, place: list.length === 1 && list[0] === value ? undefined : i }),
    );
    const mistake = read.find(one => typeof one === 'string');
    if (typeof mistake === 'string') return refuse(mistake);
    return {
      ok: true,
      file,
      hash: createHash('sha256').update(bytes).digest('hex'),
      documents: read.filter(one => typeof one !== 'string'),
    };
  } catch (error) {
    if (error instanceof Problem) return refuse(error.detail ?? error.message);
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** The document, or what is wrong with it. */
function readOne(
  mapping: unknown,
  { file, place }: { readonly file: string; readonly place: number | undefined },
): MappingDocument | string {
  const pointer = place === undefined ? '' : `/mappings/${place}`;
  if (!isObject(mapping) || (mapping['request'] === undefined && mapping['response'] === undefined))
    return `${pointer === '' ? 'It' : pointer} is not a mapping: it has neither request nor response`;
  const reading = readMapping(mapping);
  if (!reading.ok)
    return reading.mistakes
      .slice(0, 5)
      .map(mistake => `${pointer}${mistake.pointer} ${mistake.message}`)
      .join('; ');
  const given = reading.mapping.id ?? reading.mapping.uuid;
  return toDocument(reading.mapping, {
    id: (given ?? uuidFromName(`${file}#${place ?? 0}`, idNamespace)).toLowerCase(),
    unknownFields: reading.unknownFields,
  });
}
