/** Headers, name, value, name, value, …, without those whose lower-case name `isLeftOut`. */
export function withoutHeaders(headers: readonly string[], isLeftOut: (name: string) => boolean): string[] {
  return headers.filter((_, i) => !isLeftOut(headers[i - (i % 2)]!.toLowerCase()));
}

/** The value of the first header of that lower-case name. */
export function headerOf(headers: readonly string[], lowerName: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === lowerName) return headers[i + 1];
  return undefined;
}
