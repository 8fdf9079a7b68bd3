import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import swaggerUiFolder from 'swagger-ui-dist/absolute-path.js';

/** The page, without one inline script or style, so that the content security policy holds for it as for every page. */
export const DOCS_PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Mock server API</title>
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
`;

// No `url` from the query, no validator of another host. The document lies beside the page, under any prefix.
const START_SCRIPT = `window.ui = SwaggerUIBundle({
  url: new URL('docs-json', window.location.href.split(/[?#]/)[0]).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  queryConfigEnabled: false,
  validatorUrl: null,
  displayRequestDuration: true,
});
`;

export interface DocsAsset {
  readonly type: string;
  readonly content: Buffer;
}

const TYPES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

/** A file of the page by its name; undefined if the page has none of that name. */
export async function readDocsAsset(name: string): Promise<DocsAsset | undefined> {
  if (name === 'start.js') return { type: TYPES['swagger-ui-bundle.js'], content: Buffer.from(START_SCRIPT) };
  if (!Object.hasOwn(TYPES, name)) return undefined;
  const known = name as keyof typeof TYPES;
  return { type: TYPES[known], content: await readFile(join(swaggerUiFolder(), known)) };
}
