import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { Problem, type ProblemMistake } from './problem';
import { toPointer } from './read-problem';

const MAX_MISTAKES = 100;

/** What zod says beyond Standard Schema, as far as it helps to point at the place. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/**
 * Global pipe: checks `@Body({ schema })`, `@Query({ schema })` and `@Param(…, { schema })`, and says where each mistake
 * is. A field that does not exist, or a bad query, is a malformed request (400); a field with a bad value is 422.
 * Unlike Nest's it does not drop fields named `constructor` or `prototype`, which a mocked body may well have: what
 * poisons a prototype was refused when the body was parsed.
 */
@Injectable()
export class SchemaPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema } = metadata;
    if (!schema || !this.toValidate(metadata)) return value;
    const result = await this.validate(value, schema);
    if (!result.issues) return result.value as T;
    const issues = result.issues as readonly Issue[];
    const isUnknownField = issues.some(issue => issue.code === 'unrecognized_keys');
    throw new Problem(
      metadata.type === 'body' && !isUnknownField ? 'invalid-body' : 'bad-request',
      describeIssues(issues),
    );
  }
}

function describeIssues(issues: readonly Issue[]): { detail: string; extras: { mistakes: ProblemMistake[] } } {
  const mistakes = issues.flatMap(issue => readIssue(issue, [])).slice(0, MAX_MISTAKES);
  const [first] = mistakes;
  const more = mistakes.length > 1 ? ` And ${mistakes.length - 1} more: see 'mistakes'.` : '';
  const detail = first ? `${first.pointer || '/'}: ${first.message}.${more}` : 'It does not have the expected shape.';
  return { detail, extras: { mistakes } };
}

function readIssue(issue: Issue, above: readonly string[]): ProblemMistake[] {
  const path = [
    ...above,
    ...(issue.path ?? []).map(segment => String(typeof segment === 'object' ? segment.key : segment)),
  ];
  if (issue.keys && issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ pointer: toPointer([...path, key]), message: 'There is no such field' }));
  }
  // Of the branches of a union the one that came closest says most.
  const branches = issue.code === 'invalid_union' ? (issue.errors ?? []).filter(branch => branch.length > 0) : [];
  const [closest] = [...branches].sort((a, b) => a.length - b.length);
  if (closest) return closest.flatMap(inner => readIssue(inner, path));
  return [{ pointer: toPointer(path), message: issue.message }];
}
