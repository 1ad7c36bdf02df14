import { joined, MAKES, pieces, type Tags } from './tags.ts';

/**
 * The tags of the disks that come with a VM, by their devices. RunInstances takes one set of tags for all volumes, so that the
 * VM holds them until they are written: a run that is killed right after the launch loses nothing (R12).
 */
export type Makes = Readonly<Record<string, Tags>>;

export function encodeMakes(makes: Makes): Tags {
  return pieces(MAKES, JSON.stringify(makes));
}

/** Undefined where there are none, or where they cannot be read: then nothing is derived from them. */
export function decodeMakes(tags: Tags): Makes | undefined {
  const text = joined(tags, MAKES);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isMakes(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMakes(value: unknown): value is Makes {
  return (
    isMapping(value) &&
    Object.values(value).every(
      (tags) => isMapping(tags) && Object.values(tags).every((text) => typeof text === 'string'),
    )
  );
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
