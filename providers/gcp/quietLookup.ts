/** The name that gcp-metadata gives its warnings. */
const LOOKUP_WARNING = 'MetadataLookupWarning';

let lookups = 0;
let emitWarning = process.emitWarning;

/**
 * Looks for credentials. Where the address of Google's metadata answers something odd, as proxies do, the SDK prints a warning of the
 * process by itself; that no credentials were found is ours to say, in one sentence. Every other warning comes through.
 */
export async function quietLookup<T>(look: () => Promise<T>): Promise<T> {
  lookups += 1;
  if (lookups === 1) {
    emitWarning = process.emitWarning;
    process.emitWarning = (...warning: unknown[]) => {
      if (warning[1] !== LOOKUP_WARNING) Reflect.apply(emitWarning, process, warning);
    };
  }
  try {
    return await look();
  } finally {
    lookups -= 1;
    if (lookups === 0) process.emitWarning = emitWarning;
  }
}
