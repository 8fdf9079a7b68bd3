// Reads a list of Kubernetes objects as JSON and prints what is wrong with them as a JSON list of sentences: by the validators of
// kubernetes-models, and by a strict walk that lets TypeScript compare every key with the models' types, for the validators let
// unknown keys pass. A program of its own, because the models are ES modules.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const objects = JSON.parse(readFileSync(0, 'utf8'));

const packages = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/',
};

function moduleOf({ apiVersion, kind }) {
  return `${packages[apiVersion.split('/')[0]] ?? 'kubernetes-models/'}${apiVersion}/${kind}`;
}

const nameOf = ({ kind, metadata }) => `${kind} ${metadata.name}`;

async function byValidator(object) {
  try {
    const { [object.kind]: Model } = await import(moduleOf(object));
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${nameOf(object)}: ${error.message}`];
  }
}

/** Each object as a literal of its model's interface: TypeScript refuses a key that the interface lacks, at any depth. */
function byStrictKeys() {
  const kinds = [...new Map(objects.map(object => [object.kind, moduleOf(object)]))];
  const lines = kinds.map(([kind, module]) => `import type { I${kind} } from '${module}';`);
  const firstLine = lines.length;
  objects.forEach((object, position) => {
    lines.push(`export const object${position}: I${object.kind} = ${JSON.stringify(object)};`);
  });
  const file = join(here, 'node_modules/.cache/rendered-objects.ts');
  writeFileSync(file, lines.join('\n'));
  const program = ts.createProgram([file], {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    const line = source === undefined ? -1 : source.getLineAndCharacterOfPosition(start).line;
    const object = objects[line - firstLine];
    return object === undefined ? text : `${nameOf(object)}: ${text}`;
  });
}

const problems = (await Promise.all(objects.map(byValidator))).flat();
console.log(JSON.stringify([...problems, ...byStrictKeys()]));
