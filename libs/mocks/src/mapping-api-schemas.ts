/** OpenAPI shapes of the mapping routes. The named ones are made from the engine's zod schemas when the app starts. */
export const mappingRef = { $ref: '#/components/schemas/Mapping' };
export const contentPatternRef = { $ref: '#/components/schemas/ContentPattern' };
export const emptySchema = { type: 'object' as const };

export const mappingListSchema = {
  type: 'object' as const,
  properties: {
    mappings: { type: 'array' as const, items: mappingRef },
    meta: { type: 'object' as const, properties: { total: { type: 'integer' as const } } },
  },
};

export const importSchema = {
  type: 'object' as const,
  required: ['mappings'],
  properties: {
    mappings: { type: 'array' as const, items: mappingRef },
    importOptions: {
      type: 'object' as const,
      properties: {
        duplicatePolicy: { type: 'string' as const, enum: ['OVERWRITE', 'IGNORE'] },
        deleteAllNotInImport: { type: 'boolean' as const },
      },
    },
  },
};
