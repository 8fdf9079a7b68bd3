const maxEntries = 500;
const maxKeyLength = 2_000;

/**
 * Remembers what a text was compiled to, over all renderings: a template's paths and patterns are nearly always the same few.
 * The oldest is forgotten first; `compile` must depend on the text alone.
 */
export function memo<T>(compile: (text: string) => T): { has(text: string): boolean; get(text: string): T } {
  const known = new Map<string, T>();
  return {
    has: text => known.has(text),
    get: text => {
      const found = known.get(text);
      if (found !== undefined) return found;
      const made = compile(text);
      if (text.length > maxKeyLength) return made;
      if (known.size >= maxEntries) known.delete(known.keys().next().value!);
      known.set(text, made);
      return made;
    },
  };
}
