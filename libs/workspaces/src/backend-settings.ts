import { X509Certificate } from 'node:crypto';
import { compileRegex, httpToken, requestFramingHeaders } from '@mock-server/engine';
import { z } from 'zod';

const headerNameSchema = z
  .string()
  .max(200)
  .regex(httpToken, 'A header name has letters, digits and hyphens')
  .refine(
    name => !requestFramingHeaders.has(name.toLowerCase()) && name.toLowerCase() !== 'host',
    'How a message is framed and addressed is not set by a header rule; Host has a setting of its own',
  );

const headerValueSchema = z
  .string()
  .max(8_192)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'A header value has no line breaks or other control characters');

const headerRulesSchema = z.strictObject({
  set: z.record(headerNameSchema, headerValueSchema).optional().describe('Replaces the field, or adds it.'),
  remove: z.array(headerNameSchema).max(100).optional(),
});

const rewriteSchema = z
  .strictObject({
    from: z.string().min(1).max(1_000).describe('A regular expression that matches the whole path, without its query.'),
    to: z
      .string()
      .max(2_000)
      .regex(/^[\x21-\x7e]*$/, 'A path has no spaces or control characters')
      .describe('The new path; `$1` to `$9` are what the groups hold.'),
  })
  .superRefine(({ from }, context) => {
    const reading = compileRegex(`^(?:${from})$`);
    if (!reading.ok) context.addIssue({ code: 'custom', path: ['from'], message: `The pattern ${reading.message}` });
  });

const pemSchema = z
  .string()
  .max(262_144)
  .refine(isCertificate, 'Certificates are PEM text: -----BEGIN CERTIFICATE----- and so on');

const tlsSchema = z.strictObject({
  ca: pemSchema.optional().describe('Certificates that the backend may be signed by, in place of the public ones.'),
  clientCertificate: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'A name of lower-case letters, digits and hyphens')
    .optional()
    .describe('Name of a pair in BACKEND_TLS_DIR: `<name>.crt` and `<name>.key`. Keys are never stored here.'),
  serverName: z.string().min(1).max(253).optional().describe('The name asked for and checked, in place of the host.'),
  insecure: z
    .boolean()
    .optional()
    .describe('Takes any certificate. For a test system only: whoever is in between can read along.'),
});

/** How a workspace's backend is called. What is not named is as the server is configured. */
export const backendSettingsSchema = z
  .strictObject({
    host: z
      .union([
        z.enum(['backend', 'client']),
        z
          .string()
          .max(255)
          .regex(/^[a-z0-9_.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i, 'A host name, with or without a port'),
      ])
      .optional()
      .describe("The Host field: the backend's own name (default), what the client sent, or a name."),
    requestHeaders: headerRulesSchema.optional(),
    replyHeaders: headerRulesSchema.optional(),
    rewrite: z.array(rewriteSchema).max(50).optional().describe('The first that matches changes the path.'),
    tls: tlsSchema.optional(),
    http2: z.boolean().optional().describe('Offers HTTP/2 to an https backend.'),
    connectTimeoutMs: z.int().min(1).max(600_000).optional(),
    responseTimeoutMs: z.int().min(1).max(3_600_000).optional(),
    maxConnections: z.int().min(1).max(10_000).optional(),
    retries: z
      .int()
      .min(0)
      .max(5)
      .optional()
      .describe('How often a GET, HEAD or OPTIONS without body is tried again when the connection fails. Default 1.'),
    breakAfter: z
      .int()
      .min(0)
      .max(1_000)
      .optional()
      .describe('After so many failures in a row the backend is left alone for a while; 0 never. Default 10.'),
    redirects: z
      .enum(['pass', 'follow'])
      .optional()
      .describe('What becomes of a redirect in answer to a GET or HEAD. Default: passed to the client.'),
  })
  .meta({ id: 'BackendSettings' });

export type BackendSettings = z.output<typeof backendSettingsSchema>;

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
