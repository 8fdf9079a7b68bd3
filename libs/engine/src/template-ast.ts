/** The tree that @handlebars/parser makes, as far as it is used here. (Its own types cannot be resolved by TypeScript.) */
export interface AstNode {
  readonly type: string;
  readonly loc: {
    readonly start: { readonly line: number; readonly column: number };
    readonly end: { readonly line: number; readonly column: number };
  };
}

export interface AstPath extends AstNode {
  readonly type: 'PathExpression';
  readonly data: boolean;
  readonly depth: number;
  readonly parts: readonly (string | AstCall)[];
  readonly original: string;
}

export interface AstLiteral extends AstNode {
  readonly value: string | number | boolean;
}

/** Text between tags. */
export interface AstContent extends AstNode {
  readonly type: 'ContentStatement';
  readonly value: string;
  /** As it was before `~` took white space away. */
  readonly original: string;
}

export interface AstHash {
  readonly pairs: readonly { readonly key: string; readonly value: AstNode }[];
}

/** What may be a helper's call: `(a b)`, `{{a b}}`, `{{#a b}}`. */
export interface AstCall extends AstNode {
  readonly path: AstNode;
  readonly params: readonly AstNode[];
  readonly hash?: AstHash;
}

export interface AstProgram extends AstNode {
  readonly body: readonly AstNode[];
  readonly blockParams?: readonly string[];
}

export interface AstBlock extends AstCall {
  readonly path: AstPath;
  readonly program?: AstProgram;
  readonly inverse?: AstProgram;
}

export interface AstPartial extends AstNode {
  readonly name: AstNode;
  readonly params: readonly AstNode[];
  readonly hash?: AstHash;
}
