import { STATUS_CODES } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ApiDocument } from './api-document';
import { PROBLEM_SCHEMA, PROBLEM_SCHEMA_NAME } from './api-problems';

export interface SwaggerOptions {
  readonly version: string;
  /** Name -> what the routes of that tag are about, in the order the page shows them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Named schemas that routes refer to by `#/components/schemas/<name>`. */
  readonly schemas?: Readonly<Record<string, object>>;
}

/** Makes `/__admin/docs` and `/__admin/docs-json` show all routes of the app. Needs HttpModule; call it before `listen`. */
export function setUpSwagger(app: INestApplication, options: SwaggerOptions): void {
  app.get(ApiDocument, { strict: false }).useBuilder(() => buildDocument(app, options));
}

function buildDocument(app: INestApplication, { version, tags = {}, schemas = {} }: SwaggerOptions): OpenAPIObject {
  const builder = new DocumentBuilder()
    // The schemas come from zod as JSON Schema 2020-12, which is OpenAPI's own from 3.1 on.
    .setOpenAPIVersion('3.1.0')
    .setTitle('Mock server')
    .setDescription(
      "WireMock's admin API, and ours beside it. Errors are problem details (RFC 9457) with a stable `code`.",
    )
    .setVersion(version)
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'With AUTH=on: an access token of a sign-in, or an API token.' },
      'bearer',
    )
    .addBasicAuth(
      {
        type: 'http',
        scheme: 'basic',
        description: 'With AUTH=on, for old clients: any user name, and an API token as password.',
      },
      'basic',
    )
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0');
  for (const [name, description] of Object.entries(tags)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false });
  describeAnswers(document);
  const components = document.components ?? {};
  return {
    ...document,
    components: {
      ...components,
      schemas: { ...schemas, ...components.schemas, [PROBLEM_SCHEMA_NAME]: PROBLEM_SCHEMA },
    },
  };
}

/** OpenAPI wants a description of every answer; where a route says no more than a schema, the status's own words are it. */
function describeAnswers(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.put, item.post, item.delete, item.patch]) {
      for (const [status, answer] of Object.entries(operation?.responses ?? {})) {
        if (answer !== undefined && 'description' in answer && answer.description === '')
          answer.description = STATUS_CODES[status] ?? status;
      }
    }
  }
}
