import { hashText } from './template-arguments';
import { inlineError, systemValuePrefix, type Helper } from './template-run';

/** What a template may learn of the machine: its name, and variables that the operator gave for this. */
export const systemHelpers: Readonly<Record<string, Helper>> = {
  hostname: ({ run }) => run.environment.hostname ?? 'localhost',
  systemValue: call => {
    const key = hashText(call, 'key');
    if (key === undefined || key === '') return inlineError('The key cannot be empty');
    const { variables } = call.run.environment;
    if (!key.startsWith(systemValuePrefix) || (call.hash['type'] ?? 'ENVIRONMENT') !== 'ENVIRONMENT')
      return inlineError(`Access to ${key} is denied`);
    const value = variables !== undefined && Object.hasOwn(variables, key) ? variables[key] : undefined;
    return value ?? call.hash['default'];
  },
};
