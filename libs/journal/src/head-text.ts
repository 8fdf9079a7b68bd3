/** One text of one byte a character, as all parts of a head are on the wire: no part can hold a line feed. */
export function headText(parts: readonly string[]): string {
  return parts.join(separator);
}

/** The same, of a part and those after it. */
export function headTextFrom(first: string, parts: readonly string[]): string {
  return `${first}${separator}${headText(parts)}`;
}

export function partsOfHead(text: string): string[] {
  return text === '' ? [] : text.split(separator);
}

const separator = '\n';
