const encoder = new TextEncoder();

/** Text beyond Latin-1 goes out as its UTF-8 bytes, one character a byte, which is how Node writes headers. */
export function headerBytes(text: string): string {
  // eslint-disable-next-line no-control-regex -- the whole of Latin-1
  return /^[\u0000-\u00ff]*$/.test(text)
    ? text
    : Array.from(encoder.encode(text), byte => String.fromCharCode(byte)).join('');
}
