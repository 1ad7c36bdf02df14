import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type { Lease, UnreadableLease } from '../../src/core/lease.ts';
import { digest } from './images.ts';

/** What one version of a launch template says. */
type Entry =
  | {
      readonly kind: 'held';
      readonly after: number;
      readonly lease: Omit<Lease, 'id'>;
      readonly durationMs: number;
    }
  /** It was given back or taken away: nothing that comes later in this template counts. */
  | { readonly kind: 'over'; readonly after: number };

/** What the versions of a template come to. */
export type Standing =
  | { readonly kind: 'held'; readonly version: number; readonly lease: Lease; readonly durationMs: number }
  | { readonly kind: 'over'; readonly version: number }
  | { readonly kind: 'torn'; readonly version: number; readonly torn: UnreadableLease };

export interface LeaseTemplate {
  readonly id: string;
  readonly workstation: string;
}

/** Undefined where it cannot be read. */
function parse(text: string | undefined): Entry | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text ?? '', 'base64').toString());
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as { readonly [key in 'kind' | 'after' | 'lease' | 'durationMs']?: unknown };
  if (!Number.isInteger(entry.after)) return false;
  if (entry.kind === 'over') return true;
  const lease = entry.lease as Partial<Lease> | undefined;
  const texts = [
    lease?.workstation,
    lease?.token,
    lease?.user,
    lease?.host,
    lease?.hostId,
    lease?.processStart,
    lease?.hostBoot,
    lease?.command,
  ];
  const numbers = [lease?.pid, lease?.sinceMs, lease?.untilMs, entry.durationMs];
  return (
    entry.kind === 'held' &&
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => Number.isFinite(number))
  );
}

export function format(entry: Entry): string {
  return Buffer.from(JSON.stringify(entry)).toString('base64');
}

/**
 * Reads the versions as a log: each says which one it comes after, and counts only if that one still stood. EC2 gives the
 * numbers one by one, so that of two who write after the same version the first counts, for everybody who reads.
 * Undefined where a version is missing from the answer: it is too old.
 */
export function fold(
  template: LeaseTemplate,
  versions: readonly LaunchTemplateVersion[],
): Standing | undefined {
  const sorted = versions.toSorted((left, right) => (left.VersionNumber ?? 0) - (right.VersionNumber ?? 0));
  let standing: Standing | undefined;
  for (const [index, { VersionNumber, LaunchTemplateData }] of sorted.entries()) {
    const version = index + 1;
    if (VersionNumber !== version) return undefined;
    if (standing?.kind === 'over') continue;
    const entry = parse(LaunchTemplateData?.UserData);
    if (entry === undefined) standing = torn(template, version, LaunchTemplateData?.UserData);
    else if (entry.after === (standing?.version ?? 0)) standing = next(template, version, entry);
  }
  return standing;
}

function next(template: LeaseTemplate, version: number, entry: Entry): Standing {
  switch (entry.kind) {
    case 'over':
      return { kind: 'over', version };
    case 'held':
      return {
        kind: 'held',
        version,
        durationMs: entry.durationMs,
        lease: { ...entry.lease, id: template.id },
      };
  }
}

function torn({ id, workstation }: LeaseTemplate, version: number, text: string | undefined): Standing {
  const why = `version ${version} of launch template ${id} is no lease`;
  return { kind: 'torn', version, torn: { workstation, id: digest([id, version, text], 32), why } };
}
