import { type CharSet } from './char-set';
import { type Position, type RegexNode, type RepeatNode } from './regex-parser';

/**
 * What linear time cannot do: lookaround, backreferences, possessive parts. An own backtracking matcher, because V8's cannot be stopped:
 * this one counts its steps and gives up after {@link maxBacktrackSteps}, a few milliseconds, on whatever text. What gives up does not match.
 */
export interface BacktrackProgram {
  matchesWhole(text: string): boolean;
  /** Start and end of the whole match and of each group: `[0, 3, 1, 2]`; -1 where a group took no part. */
  find(text: string): readonly number[] | undefined;
}

export const maxBacktrackSteps = 100_000;

class StepsSpent extends Error {}

/** One attempt on one text. */
class Run {
  private steps = 0;
  /** Start and end of each group, from group 1 on. */
  spans: number[];

  constructor(
    readonly text: string,
    groups: number,
  ) {
    this.spans = new Array<number>(groups * 2).fill(-1);
  }

  step(count = 1): void {
    if ((this.steps += count) > maxBacktrackSteps) throw new StepsSpent();
  }
}

/** Goes on behind a part; false makes the part try its next possibility. */
type Next = (at: number) => boolean;
type Part = (run: Run, at: number, next: Next) => boolean;

export function compileBacktracking(tree: RegexNode): BacktrackProgram {
  const compiler = new Compiler();
  const part = compiler.compile(tree);
  /** A pattern that nests deeper than the stack gives up as one that takes too long does. */
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (error instanceof StepsSpent || error instanceof RangeError) return undefined;
      throw error;
    }
  };
  return {
    matchesWhole: text => attempt(() => part(new Run(text, compiler.groups), 0, at => at === text.length)) === true,
    find: text =>
      attempt(() => {
        const run = new Run(text, compiler.groups);
        for (let start = 0; start <= text.length; start++) {
          run.step();
          run.spans.fill(-1);
          let end = -1;
          if (part(run, start, at => ((end = at), true))) return [start, end, ...run.spans];
        }
        return undefined;
      }),
  };
}

class Compiler {
  groups = 0;

  compile(node: RegexNode): Part {
    switch (node.kind) {
      case 'set':
        return one(testerOf(node));
      case 'position':
        return positionPart(node.at);
      case 'sequence':
        return node.parts.map(part => this.compile(part)).reduceRight(inTurn, nothing);
      case 'choice': {
        const parts = node.parts.map(part => this.compile(part));
        return (run, at, next) => {
          run.step();
          return parts.some(part => part(run, at, next));
        };
      }
      case 'group':
        return node.isCapturing ? this.capture(node.body) : this.compile(node.body);
      case 'atomic':
        return atomic(this.compile(node.body));
      case 'look':
        return node.isBehind
          ? lookBehind(this.compile(node.body), node.isNegated)
          : lookAhead(this.compile(node.body), node.isNegated);
      case 'reference':
        return reference(node.group, node.isAnyCase);
      case 'repeat':
        return this.repeat(node);
      default:
        return node satisfies never;
    }
  }

  private capture(body: RegexNode): Part {
    const start = this.groups++ * 2;
    const inner = this.compile(body);
    return (run, at, next) => {
      const { spans } = run;
      const [oldStart, oldEnd] = [spans[start]!, spans[start + 1]!];
      const isDone = inner(run, at, end => {
        const [innerStart, innerEnd] = [spans[start]!, spans[start + 1]!];
        spans[start] = at;
        spans[start + 1] = end;
        if (next(end)) return true;
        spans[start] = innerStart;
        spans[start + 1] = innerEnd;
        return false;
      });
      if (!isDone) {
        spans[start] = oldStart;
        spans[start + 1] = oldEnd;
      }
      return isDone;
    };
  }

  private repeat({ body, min, max, mode }: RepeatNode): Part {
    if (body.kind === 'set' && mode !== 'lazy')
      return runOf(testerOf(body), { min, max, givesBack: mode === 'greedy' });
    const inner = this.compile(body);
    if (mode === 'possessive') return possessive(inner, min, max);
    const isLazy = mode === 'lazy';
    const from = (run: Run, at: number, count: number, next: Next): boolean => {
      run.step();
      if (count < min) return inner(run, at, end => from(run, end, count + 1, next));
      // A round that takes nothing would go on for ever.
      const again = (): boolean => count < max && inner(run, at, end => end !== at && from(run, end, count + 1, next));
      return isLazy ? next(at) || again() : again() || next(at);
    };
    return (run, at, next) => from(run, at, 0, next);
  }
}

const nothing: Part = (_, at, next) => next(at);

/** `reduceRight` gives what follows first. */
function inTurn(following: Part, part: Part): Part {
  return following === nothing ? part : (run, at, next) => part(run, at, end => following(run, end, next));
}

function one(takes: (code: number) => boolean): Part {
  return (run, at, next) => {
    run.step();
    const code = run.text.codePointAt(at);
    return code !== undefined && takes(code) && next(at + widthOf(code));
  };
}

/** As many characters as there are, then fewer: without recursion, texts are longer than the stack is deep. */
function runOf(
  takes: (code: number) => boolean,
  { min, max, givesBack }: { min: number; max: number; givesBack: boolean },
): Part {
  return (run, at, next) => {
    const { text } = run;
    let end = at;
    let count = 0;
    for (; count < max; count++) {
      const code = text.codePointAt(end);
      if (code === undefined || !takes(code)) break;
      end += widthOf(code);
    }
    run.step(1 + (count >>> 2));
    const least = givesBack ? min : Math.max(min, count);
    for (; count >= least; count--) {
      run.step();
      if (next(end)) return true;
      end -= end - at > 1 && text.codePointAt(end - 2)! > 0xffff ? 2 : 1;
    }
    return false;
  };
}

function possessive(inner: Part, min: number, max: number): Part {
  return (run, at, next) => {
    let end = at;
    for (let count = 0; count < max; count++) {
      run.step();
      let reached = -1;
      if (!inner(run, end, to => ((reached = to), true))) {
        if (count < min) return false;
        break;
      }
      if (reached === end && count >= min) break;
      end = reached;
    }
    return next(end);
  };
}

function atomic(inner: Part): Part {
  return (run, at, next) => {
    let end = -1;
    return inner(run, at, to => ((end = to), true)) && next(end);
  };
}

function lookAhead(inner: Part, isNegated: boolean): Part {
  return (run, at, next) => {
    const before = isNegated ? [...run.spans] : run.spans;
    const isThere = inner(run, at, () => true);
    if (isNegated) run.spans = before;
    return isThere !== isNegated && next(at);
  };
}

function lookBehind(inner: Part, isNegated: boolean): Part {
  return (run, at, next) => {
    const before = isNegated ? [...run.spans] : run.spans;
    let isThere = false;
    for (let start = at; start >= 0 && !isThere; start--) {
      run.step();
      isThere = inner(run, start, end => end === at);
    }
    if (isNegated) run.spans = before;
    return isThere !== isNegated && next(at);
  };
}

/** The text of a group again; a group that took no part is never there again, as in Java. */
function reference(group: number, isAnyCase: boolean): Part {
  return (run, at, next) => {
    const [start = -1, end = -1] = run.spans.slice(group * 2 - 2, group * 2);
    if (start < 0) return false;
    run.step(1 + ((end - start) >>> 3));
    const wanted = run.text.slice(start, end);
    const given = run.text.slice(at, at + wanted.length);
    return (isAnyCase ? given.toLowerCase() === wanted.toLowerCase() : given === wanted) && next(at + wanted.length);
  };
}

function positionPart(where: Position): Part {
  const holds = positions[where];
  return (run, at, next) => {
    run.step();
    return holds(run.text, at) && next(at);
  };
}

const positions: Readonly<Record<Position, (text: string, at: number) => boolean>> = {
  start: (_, at) => at === 0,
  end: (text, at) => at === text.length,
  lineStart: (text, at) => at === 0 || text[at - 1] === '\n',
  lineEnd: (text, at) => at === text.length || text[at] === '\n',
  wordEdge: isWordEdge,
  notWordEdge: (text, at) => !isWordEdge(text, at),
};

function isWordEdge(text: string, at: number): boolean {
  return isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
}

function widthOf(code: number): number {
  return code > 0xffff ? 2 : 1;
}

function testerOf({ set, isUnicodeFolded }: { set: CharSet; isUnicodeFolded: boolean }): (code: number) => boolean {
  if (set.properties.length > 0 || isUnicodeFolded) {
    const native = new RegExp(
      `^[${set.isNegated ? '^' : ''}${rangeTexts(set)}${set.properties.join('')}]$`,
      isUnicodeFolded ? 'iu' : 'u',
    );
    return code => native.test(String.fromCodePoint(code));
  }
  const { ranges, isNegated } = set;
  return code => isWithin(ranges, code) !== isNegated;
}

function rangeTexts({ ranges }: CharSet): string {
  const texts: string[] = [];
  for (let i = 0; i < ranges.length; i += 2)
    texts.push(`\\u{${ranges[i]!.toString(16)}}-\\u{${ranges[i + 1]!.toString(16)}}`);
  return texts.join('');
}

function isWithin(ranges: readonly number[], code: number): boolean {
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (code > ranges[middle * 2 + 1]!) low = middle + 1;
    else high = middle;
  }
  return low * 2 < ranges.length && code >= ranges[low * 2]!;
}
