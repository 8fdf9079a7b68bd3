import { defaultPriority, readMapping, type Mapping } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { randomUUID } from 'node:crypto';

/** A mapping that was checked, on its way into the database. */
export interface MappingDocument {
  readonly id: string;
  readonly name: string | null;
  readonly priority: number;
  readonly enabled: boolean;
  readonly persistent: boolean;
  readonly isDraft: boolean;
  /** What is stored: what the author wrote, with `id` and `uuid`. */
  readonly json: string;
  /** JSON Pointers to fields that are kept and have no effect. */
  readonly unknownFields: readonly string[];
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id from a path, in lower case; what is no UUID is a malformed request, as in WireMock. */
export function readId(text: string): string {
  const id = text.toLowerCase();
  if (uuid.test(id)) return id;
  throw new Problem('bad-request', { detail: `'${text.slice(0, 64)}' is not a valid UUID.` });
}

/** Checks what a user sent, or answers 422 with every mistake. `pointer` is where it stands in the body. */
export function readDocument(
  input: unknown,
  { id: wantedId, pointer = '' }: { readonly id?: string; readonly pointer?: string } = {},
): MappingDocument {
  const reading = readMapping(input);
  if (!reading.ok) {
    const mistakes = reading.mistakes
      .slice(0, 100)
      .map(mistake => ({ pointer: pointer + mistake.pointer, message: mistake.message }));
    const [first] = mistakes;
    const more = reading.mistakes.length > 1 ? ` And ${reading.mistakes.length - 1} more: see mistakes.` : '';
    throw new Problem('invalid-mapping', {
      detail: `${first?.pointer === '' ? 'The mapping' : first?.pointer} ${first?.message}.${more}`,
      extras: { mistakes },
    });
  }
  return toDocument(reading.mapping, {
    id: wantedId,
    unknownFields: reading.unknownFields.map(field => pointer + field),
  });
}

/** What goes into the database for a mapping that was checked. */
export function toDocument(
  mapping: Mapping,
  {
    id: wantedId,
    unknownFields = [],
  }: { readonly id?: string | undefined; readonly unknownFields?: readonly string[] } = {},
): MappingDocument {
  const id = wantedId ?? (mapping.id ?? mapping.uuid ?? randomUUID()).toLowerCase();
  const { id: _id, uuid: _uuid, ...rest } = mapping;
  return {
    id,
    name: mapping.name ?? null,
    priority: mapping.priority ?? defaultPriority,
    enabled: (mapping.enabled ?? true) && mapping.draft !== true,
    persistent: mapping.persistent ?? false,
    isDraft: mapping.draft === true,
    json: JSON.stringify({ id, ...rest, uuid: id }),
    unknownFields,
  };
}
