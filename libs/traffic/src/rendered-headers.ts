import { headerBytes, stubHeaders, type CatalogMock, type RenderedReply } from '@mock-server/engine';

/** The headers of a rendered reply as they go out: name, value, name, value, …. */
export function renderedHeaders({ headers }: RenderedReply, mock: CatalogMock): string[] {
  return [...headers.map((text, i) => (i % 2 === 0 ? text : headerBytes(text))), ...stubHeaders(mock)];
}
