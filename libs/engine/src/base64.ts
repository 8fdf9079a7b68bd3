/** What `atob` takes: whole groups of four, the last one with or without its padding. No repeated group: that overflows on megabytes. */
export function isBase64(text: string): boolean {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false;
  const digits = text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  return digits % 4 !== 1 && (digits === text.length || text.length % 4 === 0);
}

/** The bytes that base64 text stands for; the text was checked. */
export function bytesOfBase64(text: string): Uint8Array {
  const chars = atob(text);
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
  return bytes;
}

export function base64OfBytes(bytes: Uint8Array): string {
  let chars = '';
  for (let i = 0; i < bytes.length; i += 8_192) chars += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return btoa(chars);
}
