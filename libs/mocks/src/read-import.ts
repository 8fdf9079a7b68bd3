import { Problem, type ProblemMistake } from '@mock-server/http';
import { type ImportOptions } from './mock-import.service';

/** The most mocks of one import; more go in several. */
const maxImport = 100_000;

/** Reads the body of `mappings/import`: `{ mappings, importOptions }`. */
export function readImport(body: unknown): { mappings: readonly unknown[]; options: ImportOptions } {
  if (typeof body !== 'object' || body === null || !('mappings' in body) || !Array.isArray(body.mappings))
    throw refuse('/mappings', 'must be a list of mappings');
  if (body.mappings.length > maxImport)
    throw refuse('/mappings', `has ${body.mappings.length} mappings; import at most ${maxImport} at a time`);
  const options: unknown = 'importOptions' in body ? body.importOptions : undefined;
  if (options === undefined || options === null)
    return { mappings: body.mappings, options: { duplicatePolicy: 'OVERWRITE', deleteAllNotInImport: false } };
  if (typeof options !== 'object') throw refuse('/importOptions', 'must be an object');
  const { duplicatePolicy = 'OVERWRITE', deleteAllNotInImport = false } = options as Record<string, unknown>;
  if (duplicatePolicy !== 'OVERWRITE' && duplicatePolicy !== 'IGNORE')
    throw refuse('/importOptions/duplicatePolicy', 'must be OVERWRITE or IGNORE');
  if (typeof deleteAllNotInImport !== 'boolean')
    throw refuse('/importOptions/deleteAllNotInImport', 'must be true or false');
  return { mappings: body.mappings, options: { duplicatePolicy, deleteAllNotInImport } };
}

function refuse(pointer: string, message: string): Problem {
  const mistakes: ProblemMistake[] = [{ pointer, message }];
  return new Problem('invalid-body', { detail: `${pointer} ${message}.`, extras: { mistakes } });
}
