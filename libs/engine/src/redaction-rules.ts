import { z } from 'zod';
import { compileRegex, type LinearRegex } from './linear-regex';
import { isSecretValue, kindOfName, type SecretKind } from './secret-name';

const maxRules = 50;
const maxKnownNames = 2_000;
const nameSchema = z.string().trim().min(1).max(200);

const patternSchema = z
  .string()
  .min(1)
  .max(1_000)
  .superRefine((pattern, context) => {
    const reading = compileRegex(pattern);
    if (!reading.ok) context.addIssue({ code: 'custom', message: `The pattern ${reading.message}` });
    else if (reading.regex.matchesWhole(''))
      context.addIssue({ code: 'custom', message: 'The pattern matches nothing at all' });
  });

/** What a workspace adds to the rules that always hold. */
export const redactionRulesSchema = z
  .strictObject({
    headers: z.array(nameSchema).max(maxRules).optional().describe('More headers whose whole value is secret.'),
    fields: z
      .array(nameSchema)
      .max(maxRules)
      .optional()
      .describe(
        'More names of query parameters, form fields, JSON and XML fields and cookies whose values are secret.',
      ),
    patterns: z
      .array(patternSchema)
      .max(maxRules)
      .optional()
      .describe(
        'Regular expressions: what they find in any text is secret; with a group, only what the first group holds.',
      ),
    keep: z
      .array(nameSchema)
      .max(maxRules)
      .optional()
      .describe('Names of fields and headers that are never secret here.'),
  })
  .meta({
    id: 'RedactionRules',
    example: { fields: ['customerNo'], patterns: ['ACME-[0-9]{8}'], keep: ['pageToken'] },
  });

export interface RedactionRules {
  readonly headers?: readonly string[] | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly patterns?: readonly string[] | undefined;
  readonly keep?: readonly string[] | undefined;
}

const secretHeaders =
  /^(?:proxy-)?authorization$|^x-(?:amz-security-token|goog-api-key|amzn-oidc-data|amzn-oidc-accesstoken|auth|auth-key|hub-signature(?:-\d+)?|forwarded-access-token|ms-token-[\w-]+|client-cert)$|^stripe-signature$|^dpop$|^ocp-apim-subscription-key$/;

/** The rules that hold for everyone and a workspace's own, ready for use. A pattern that does not compile finds nothing. */
export class CompiledRules {
  readonly patterns: readonly LinearRegex[];
  private readonly headers: ReadonlySet<string>;
  private readonly fields: ReadonlySet<string>;
  private readonly keep: ReadonlySet<string>;
  /** The same few names come again and again. */
  private readonly kinds = new Map<string, SecretKind | undefined>();

  constructor({ headers = [], fields = [], patterns = [], keep = [] }: RedactionRules) {
    this.headers = lowerCased(headers);
    this.fields = lowerCased(fields);
    this.keep = lowerCased(keep);
    this.patterns = patterns.flatMap(pattern => {
      const reading = compileRegex(pattern);
      return reading.ok ? [reading.regex] : [];
    });
  }

  kindOfField(name: string): SecretKind | undefined {
    const known = this.kinds.get(name);
    if (known !== undefined || this.kinds.has(name)) return known;
    const lower = name.toLowerCase();
    const kind = this.keep.has(lower) ? undefined : this.fields.has(lower) ? 'secret' : kindOfName(name);
    if (this.kinds.size < maxKnownNames) this.kinds.set(name, kind);
    return kind;
  }

  isKept(name: string): boolean {
    return this.keep.has(name.toLowerCase());
  }

  isSecretHeader(name: string, value: string): boolean {
    const lower = name.toLowerCase();
    if (this.keep.has(lower)) return false;
    if (this.headers.has(lower) || secretHeaders.test(lower)) return true;
    const kind = this.kindOfField(lower);
    return kind !== undefined && isSecretValue(kind, value);
  }
}

function lowerCased(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map(name => name.toLowerCase()));
}
