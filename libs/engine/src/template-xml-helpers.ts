import { argumentText } from './template-arguments';
import { memo } from './template-memo';
import { inlineError, type Helper, type HelperCall, type TemplateRun } from './template-run';
import { special, ValueList, type SpecialValue, type WithSpecial } from './template-value';
import { nodeTypes, XmlWorkSpent, type XmlDocument, type XmlNode } from './xml-document';
import { readXml, type XmlReading } from './xml-parser';
import { renderNode } from './xml-render';
import { compileXPath, type XPathReading } from './xpath-expression';

/** WireMock's helpers on XML. A DOCTYPE is refused: no entities, nothing is fetched. */
export const xmlHelpers: Readonly<Record<string, Helper>> = {
  xPath: call => findByXPath(call, expression => expression),
  soapXPath: call => findByXPath(call, expression => `/Envelope/Body/${expression}`),
  formatXml: call => {
    const { block, subject, hash, run } = call;
    const text = block === undefined ? subject : block.render();
    if (typeof text !== 'string')
      return inlineError('formatXml should take a block of XML to format or a single parameter of type String');
    const format = hash['format'] ?? 'pretty';
    if (format !== 'pretty' && format !== 'compact')
      return inlineError(`formatXml: format [${run.text(format)}] should be one of [pretty, compact]`);
    run.heavyWork(text.length);
    const reading = read(text, run, { names: 'local', keepComments: true, joinCData: false });
    if (!reading.ok) return inlineError('Input is not valid XML');
    withoutBlankTexts(reading.document);
    const pretty = renderWithin(reading.document) ?? inlineError('Input is too large');
    return format === 'pretty' ? pretty : compactXml(pretty);
  },
};

type Reading = Parameters<typeof readXml>[1];

function read(text: string, run: TemplateRun, options: Reading): XmlReading {
  return run.keep(`xml ${options.names}`, text, () => {
    run.heavyWork(text.length);
    return readXml(text, options);
  });
}

const expressions = memo(expression => compileXPath(expression, undefined));

function compile(expression: string, run: TemplateRun): XPathReading {
  run.step(expressions.has(expression) ? 1 : 100);
  return expressions.get(expression);
}

function findByXPath(call: HelperCall, complete: (expression: string) => string): unknown {
  const { subject, run } = call;
  const expression = argumentText(call, 1);
  if (expression === undefined || expression === '') return inlineError('The XPath expression cannot be empty');
  const text = subject === undefined || subject === null ? 'null' : run.text(subject);
  const path = compile(complete(expression), run);
  if (!path.ok) return inlineError(`${expression} is not a valid XPath expression`);
  const reading = read(text, run, path.path.reading);
  if (!reading.ok) return inlineError(`${text} is not valid XML`);
  run.heavyWork(text.length);
  const { work } = reading.document;
  const before = work.left;
  const found = path.path.evaluate(reading.document).map(write => new FoundXml(write));
  run.step(Math.max(0, before - work.left) >>> 5);
  return found.length > 1 ? new FoundList(found) : (found[0] ?? '');
}

/** Several things that an XPath found: reads as the first of them. */
class FoundList implements WithSpecial {
  constructor(private readonly found: readonly FoundXml[]) {}

  get [special](): SpecialValue {
    const list = new ValueList([]);
    return {
      member: name => list[special].member(name) ?? this.found[Number(name)],
      items: this.found,
      text: () => this.found[0]?.text ?? '',
    };
  }
}

/** A node as its text, with `name`, `text` and `attributes` for elements. */
class FoundXml implements WithSpecial {
  private written: string | undefined;

  constructor(private readonly write: () => string) {}

  get text(): string {
    return (this.written ??= this.tryToWrite());
  }

  get [special](): SpecialValue {
    return { member: name => this.member(name), text: () => this.text };
  }

  private tryToWrite(): string {
    try {
      return this.write();
    } catch (error) {
      if (error instanceof XmlWorkSpent) return '';
      throw error;
    }
  }

  private member(name: string): unknown {
    if (name !== 'name' && name !== 'text' && name !== 'attributes') return undefined;
    const element = this.element();
    if (element === undefined) return name === 'text' ? this.text : undefined;
    if (name === 'name') return element.nodeName;
    if (name === 'text') return element.textContent;
    return Object.fromEntries(element.attributeList.map(attribute => [attribute.nodeName, attribute.data]));
  }

  private element(): XmlNode | undefined {
    const reading = readXml(this.text, { names: 'local', keepComments: false, joinCData: true });
    return reading.ok ? (reading.document.documentElement ?? undefined) : undefined;
  }
}

function renderWithin(document: XmlDocument): string | undefined {
  try {
    return renderNode(document);
  } catch (error) {
    if (error instanceof XmlWorkSpent) return undefined;
    throw error;
  }
}

/** What an editor's indentation left between elements. Level by level: documents may be deep. */
function withoutBlankTexts(document: XmlDocument): void {
  let level: XmlNode[] = [document];
  while (level.length > 0) {
    const next: XmlNode[] = [];
    for (const node of level) {
      const kept = node.childNodes.filter(child => child.nodeType !== nodeTypes.text || child.data.trim() !== '');
      node.childNodes.splice(0, node.childNodes.length, ...kept);
      next.push(...kept.filter(child => child.nodeType === nodeTypes.element));
    }
    level = next;
  }
}

function compactXml(pretty: string): string {
  return pretty.replace(/>\s+</g, '><').trim();
}
