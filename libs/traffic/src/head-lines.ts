import { headerBytes, stubHeaders, type CatalogMock, type RenderedReply } from '@mock-server/engine';

/** The rendered lines of a head, as they go out. */
export function headLines({ headers }: RenderedReply, mock: CatalogMock): string[] {
  return [...headers.map((text, i) => (i % 2 === 0 ? text : headerBytes(text))), ...stubHeaders(mock)];
}
