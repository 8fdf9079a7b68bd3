/* eslint-disable @typescript-eslint/no-require-imports -- an import would load these at start; only a few mocks need them */
import type Ajv from 'ajv';
import type Ajv2019 from 'ajv/dist/2019';
import type Ajv2020 from 'ajv/dist/2020';
import type AjvDraft04 from 'ajv-draft-04';
import type { FormatsPlugin } from 'ajv-formats';
import type * as FakerLibrary from '@faker-js/faker';
import type * as GraphqlLanguage from 'graphql/language';
import type * as XPath from 'xpath';

/** Libraries that weigh tens of milliseconds and megabytes: loaded when the first mock that needs one is compiled. */
export const lazyLibraries = {
  faker: (): typeof FakerLibrary => require('@faker-js/faker') as typeof FakerLibrary,
  graphql: (): typeof GraphqlLanguage => require('graphql/language') as typeof GraphqlLanguage,
  xpath: (): typeof XPath => require('xpath') as typeof XPath,
  ajv: (): typeof Ajv => (require('ajv') as { default: typeof Ajv }).default,
  ajv2019: (): typeof Ajv2019 => (require('ajv/dist/2019') as { default: typeof Ajv2019 }).default,
  ajv2020: (): typeof Ajv2020 => (require('ajv/dist/2020') as { default: typeof Ajv2020 }).default,
  ajvDraft04: (): typeof AjvDraft04 => (require('ajv-draft-04') as { default: typeof AjvDraft04 }).default,
  ajvFormats: (): FormatsPlugin => (require('ajv-formats') as { default: FormatsPlugin }).default,
  draft06: (): Record<string, unknown> => require('ajv/dist/refs/json-schema-draft-06.json') as Record<string, unknown>,
};
