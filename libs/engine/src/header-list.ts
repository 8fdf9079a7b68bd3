/** Headers, name, value, name, value, …, without those whose lower-case name `isLeftOut`. */
export function withoutHeaders(headers: readonly string[], isLeftOut: (name: string) => boolean): string[] {
  return headers.filter((_, i) => !isLeftOut(headers[i - (i % 2)]!.toLowerCase()));
}
