import { compileJsonSchema, schemaVersions, type SchemaVersion } from './json-schema';
import { readJson } from './json-value';
import { done, mistake, type MatcherCompiler } from './matcher';
import { at } from './mistake';

const matchesJsonSchema: MatcherCompiler = ({ pattern, pointer }) => {
  const operand = pattern['matchesJsonSchema'];
  const here = at(pointer, 'matchesJsonSchema');
  const reading = typeof operand === 'string' ? readJson(operand) : { isJson: true as const, value: operand };
  if (!reading.isJson) return mistake(here, 'is not valid JSON');
  const version = pattern['schemaVersion'] ?? 'V202012';
  if (!schemaVersions.includes(version as SchemaVersion))
    return mistake(at(pointer, 'schemaVersion'), `is not one of ${schemaVersions.join(', ')}`);
  const compiled = compileJsonSchema(reading.value, version as SchemaVersion);
  if (!compiled.ok) return mistake(here, compiled.message);
  return done({
    matches: ({ text, json }) => {
      if (text === undefined || text === '') return false;
      if (!json.isJson) return compiled.isValid(text);
      if (compiled.isValid(json.value)) return true;
      // WireMock takes a lone number, true, false or null for a text as well.
      return (typeof json.value !== 'object' || json.value === null) && typeof json.value !== 'string'
        ? compiled.isValid(text)
        : false;
    },
    expected: `[matchesJsonSchema] ${typeof operand === 'string' ? operand : JSON.stringify(operand)}`,
  });
};

export const jsonSchemaMatchers = [['matchesJsonSchema', matchesJsonSchema]] as const;
