import type { core } from 'zod/mini';
import { alternatives, type ConfigurationIssue, describeFound, didYouMean } from './configurationIssue.ts';
import { nearest } from './nearest.ts';

export type Path = readonly (string | number)[];
export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(found: unknown): found is Mapping {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

/** Of one mapping; who has more of them has another file in hand. */
const MAX_UNKNOWN_KEYS = 1_000;

/** Words that other tools use for what is called otherwise here. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['zone', 'location'],
  ['region', 'location'],
  ['ram', 'memory'],
  ['mem', 'memory'],
  ['vcpus', 'cpus'],
  ['cores', 'cpus'],
  ['machine-type', 'size'],
  ['instance-type', 'size'],
  ['os', 'image'],
  ['volumes', 'disks'],
  ['user', 'ssh-user'],
  ['public-key', 'ssh-key'],
  ['snapshots', 'keep-snapshots'],
  ['vms', 'workstations'],
  ['machines', 'workstations'],
  ['clouds', 'providers'],
]);

/** A key and its value without a space between them are one word. */
const GLUED = /^[A-Za-z-]+:\S/;
const SPACE_HINT = { hint: 'put a space after the colon' };

const SECRET = /password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|credential/;

/** True for the name of a setting that would hold something secret, however it is spelt. */
export function looksSecret(key: string): boolean {
  return key.length <= 200 && SECRET.test(key.toLowerCase().replace(/[^a-z]/g, ''));
}

/** Nothing secret belongs in the file; the value is never repeated. */
export function secretIssue(path: Path): ConfigurationIssue {
  return {
    path,
    message: 'nothing secret belongs in this file',
    hint: "take it out: credentials come from the provider's own tools, as they are set up for its SDK",
    at: 'key',
  };
}

function likelyKey(key: string, known: readonly string[]): string | undefined {
  const synonym = SYNONYMS.get(key.toLowerCase().replace(/_/g, '-'));
  return synonym !== undefined && known.includes(synonym) ? synonym : nearest(key, known);
}

function unknownKey(path: Path, key: string, known: readonly string[]): ConfigurationIssue {
  const issue = { path: [...path, key], message: 'this key is not known here', at: 'key' } as const;
  if (GLUED.test(key)) return { ...issue, ...SPACE_HINT };
  const likely = likelyKey(key, known);
  if (likely !== undefined) return { ...issue, ...didYouMean(likely) };
  if (looksSecret(key)) return secretIssue(issue.path);
  return { ...issue, expected: alternatives(known) };
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), data);
}

/**
 * What the schema found, as sentences. A key that is missing because it was mistyped is told once, as the mistyped one.
 * `prefix` leads to the data that was read.
 */
export function toIssues(
  found: readonly core.$ZodIssue[],
  prefix: Path,
  data: unknown,
): ConfigurationIssue[] {
  const issues: ConfigurationIssue[] = [];
  const meant = new Set<string>();
  for (const issue of found) {
    if (issue.code !== 'unrecognized_keys') continue;
    const path = issue.path as Path;
    const known = issue.message.split(' ');
    for (const key of issue.keys.slice(0, MAX_UNKNOWN_KEYS)) {
      issues.push(unknownKey([...prefix, ...path], key, known));
      const likely = likelyKey(key.split(':', 1)[0] ?? '', known);
      if (likely !== undefined) meant.add([...path, likely].join('\n'));
    }
  }
  for (const issue of found) {
    if (issue.code === 'unrecognized_keys') continue;
    const path = issue.path as Path;
    const value = valueAt(data, path);
    if (value === undefined && meant.has(path.join('\n'))) continue;
    const glued = typeof value === 'string' && GLUED.test(value) ? SPACE_HINT : {};
    const params = issue.code === 'custom' ? issue.params : { expected: issue.message, ...glued };
    const { expected, hint } = (params ?? {}) as { expected?: string; hint?: string };
    issues.push({
      path: [...prefix, ...path],
      message: issue.code === 'custom' ? issue.message : describeFound(value),
      ...(expected === undefined ? {} : { expected }),
      ...(hint === undefined ? {} : { hint }),
      at: 'value',
    });
  }
  return issues;
}
