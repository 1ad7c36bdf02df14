import type { ProviderKind } from '../src/core/provider.ts';

/** Every kind of provider, loaded when a file names it. */
const kinds: Readonly<Record<string, () => Promise<ProviderKind>>> = {
  local: async () => (await import('./local/local.ts')).localProvider,
  gcp: async () => (await import('./gcp/gcp.ts')).gcpProvider,
  aws: async () => (await import('./aws/aws.ts')).awsProvider,
};

export const knownKinds: readonly string[] = Object.keys(kinds);

/** Undefined where there is no such kind. */
export function loadKind(kind: string): Promise<ProviderKind> | undefined {
  return Object.hasOwn(kinds, kind) ? kinds[kind]?.() : undefined;
}
