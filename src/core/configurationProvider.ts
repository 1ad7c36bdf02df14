import { alternatives, type ConfigurationIssue, describeFound, didYouMean } from './configurationIssue.ts';
import { nameIssue } from './configurationNames.ts';
import { isMapping, looksSecret, type Path, secretIssue } from './configurationShape.ts';
import { nearest } from './nearest.ts';
import { isPrintable } from './printable.ts';
import type { ProviderKind } from './provider.ts';
import type { ProviderSpec } from './workstation.ts';

/** A provider as far as it could be read; `usable` is false where its settings have mistakes. */
export interface ReadProvider {
  readonly spec: ProviderSpec;
  readonly kind: ProviderKind | undefined;
  readonly usable: boolean;
}

/** Secrets and control characters anywhere in the settings. */
export function settingIssues(value: unknown, path: Path): ConfigurationIssue[] {
  if (typeof value === 'string' && !isPrintable(value))
    return [{ path, message: `${describeFound(value)}, which has control characters`, at: 'value' }];
  if (Array.isArray(value)) return value.flatMap((entry, index) => settingIssues(entry, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const inner = [...path, key];
    if (!isPrintable(key))
      return [{ path: inner, message: 'this key has control characters', at: 'key' as const }];
    return looksSecret(key) ? [secretIssue(inner)] : settingIssues(entry, inner);
  });
}

function kindIssue(kind: unknown, path: Path, knownKinds: readonly string[]): ConfigurationIssue {
  const expected = knownKinds.length === 1 ? knownKinds.join() : `one of ${alternatives(knownKinds)}`;
  const likely = typeof kind === 'string' ? nearest(kind, knownKinds) : undefined;
  return {
    path: [...path, 'kind'],
    message: describeFound(kind),
    expected,
    ...didYouMean(likely),
    at: 'value',
  };
}

function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((step, index) => step === path[index]);
}

/** One entry of `providers`; its mistakes are added to `issues`. Undefined where it is not even a mapping. */
export function readProvider(
  name: string,
  entry: unknown,
  kinds: ReadonlyMap<string, ProviderKind>,
  knownKinds: readonly string[],
  issues: ConfigurationIssue[],
): ReadProvider | undefined {
  const path = ['providers', name];
  const badName = nameIssue(name, path, 'a provider');
  if (badName !== undefined) issues.push(badName);
  if (!isMapping(entry)) {
    const likely = typeof entry === 'string' ? entry : (knownKinds[0] ?? 'local');
    const hint = knownKinds.includes(likely) ? { hint: `write ${name}: { kind: ${likely} }` } : {};
    issues.push({
      path,
      message: describeFound(entry),
      expected: 'a mapping with a kind',
      ...hint,
      at: 'value',
    });
    return undefined;
  }
  const { kind: kindName, ...settings } = entry;
  const kind = typeof kindName === 'string' ? kinds.get(kindName) : undefined;
  if (kind === undefined) issues.push(kindIssue(kindName, path, knownKinds));
  const found = settingIssues(settings, path);
  for (const problem of kind?.checkSettings(settings) ?? []) {
    const at = [...path, ...problem.path];
    // What was refused already must not be told twice in other words.
    if (found.some((issue) => startsWith(at, issue.path))) continue;
    found.push({ path: at, message: problem.message, at: 'value' });
  }
  for (const issue of found) issues.push(issue);
  return {
    // What is no text was refused above, and may be what cannot even be turned into one.
    spec: { name, kind: typeof kindName === 'string' ? kindName : '', settings },
    kind,
    usable: kind !== undefined && found.length === 0,
  };
}
