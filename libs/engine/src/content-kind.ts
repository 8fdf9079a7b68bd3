const textTypes = /text|json|xml|html|yaml|csv|x-www-form-urlencoded/i;

/** Whether a body of this Content-Type is text, by WireMock's list. Nothing said: bytes. */
export function isTextType(contentType: string | undefined): boolean {
  return contentType !== undefined && textTypes.test(mimeOf(contentType));
}

export function mimeOf(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

const extensions: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'text/javascript': 'js',
  'application/javascript': 'js',
  'image/svg+xml': 'svg',
  'image/x-icon': 'ico',
  'image/vnd.microsoft.icon': 'ico',
  'audio/mpeg': 'mp3',
};
const namedBySubtype =
  /^(?:image\/(?:png|jpeg|gif|tiff|webp|bmp|avif)|text\/(?:html|css|csv|xml)|application\/(?:json|xml|pdf|zip)|video\/(?:mp4|mpeg|webm))$/;

/** What a file with such a body is called after the dot: by its type, else by the path it came from, else by what it looks like. */
export function extensionOf(contentType: string | undefined, { path, text }: { path: string; text: string }): string {
  const mime = contentType === undefined ? '' : mimeOf(contentType);
  const byType = extensions[mime] ?? (namedBySubtype.test(mime) ? mime.slice(mime.indexOf('/') + 1) : undefined);
  if (byType !== undefined) return byType;
  if (mime.endsWith('+json')) return 'json';
  if (mime.endsWith('+xml')) return 'xml';
  const byPath = /\.([a-z0-9]{1,8})$/i.exec(path)?.[1];
  if (byPath !== undefined) return byPath.toLowerCase();
  if (/^\s*[[{]/.test(text)) return 'json';
  return /^\s*</.test(text) ? 'xml' : 'txt';
}
