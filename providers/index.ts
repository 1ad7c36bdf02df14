import type { ProviderKind } from '../src/core/provider.ts';

/** Every kind of provider, loaded when a file names it. */
const kinds: Readonly<Record<string, () => Promise<ProviderKind>>> = {
  aws: async () => (await import('./aws/aws.ts')).awsProvider,
  local: async () => (await import('./local/local.ts')).localProvider,
};

export const knownKinds: readonly string[] = Object.keys(kinds);

/** Undefined where there is no such kind. */
export function loadKind(kind: string): Promise<ProviderKind> | undefined {
  return Object.hasOwn(kinds, kind) ? kinds[kind]?.() : undefined;
}
