/**
 * The generated schemas of an SDK of AWS with the keys of their objects as literals. They are written as names of constants, `{ [_xN]: … }`;
 * a bundler cannot know that such a key has no effect, and keeps the schemas of all calls for the sake of those in use.
 */
export function literalKeys(source: string): string {
  const constants = new Map(
    [...source.matchAll(/^const (\w+) = ("[^"\\\n]*");$/gm)].map(([, name = '', text = '']) => [name, text]),
  );
  return source.replace(/(?<=[{,]\s*)\[(\w+)\](?=\s*:)/g, (_, name: string) => {
    const text = constants.get(name);
    if (text === undefined) throw new Error(`the SDK's schema has a key that is no constant: ${name}`);
    return text;
  });
}
