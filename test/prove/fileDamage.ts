import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { formatRecord } from '../../providers/local/assetFile.ts';
import type { Draws } from './draws.ts';
import { hostileWords, steeringTexts } from './hostileTexts.ts';

/** What becomes of a file. A forged one bears a true checksum, as only a mistake of chews itself could give it. */
export interface Damage {
  readonly what: string;
  readonly forged: boolean;
  readonly apply: (path: string, others: readonly string[], draws: Draws) => Promise<void>;
}

function onBytes(what: string, change: (bytes: Buffer, draws: Draws) => Buffer | string): Damage {
  const apply = async (path: string, _: readonly string[], draws: Draws) => {
    await writeFile(path, change(await readFile(path), draws));
  };
  return { what, forged: false, apply };
}

type Values = Record<string, unknown>;

/** A value anywhere in parsed JSON, in its place. */
function changed(value: unknown, draws: Draws): unknown {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && draws.chance(0.85)) {
    const key = draws.oneOf(Object.keys(value));
    const copy: Values | unknown[] = Array.isArray(value)
      ? [...(value as unknown[])]
      : { ...(value as Values) };
    const target = copy as Values;
    if (draws.chance(0.15) && !Array.isArray(copy)) delete target[key];
    else target[key] = changed(target[key], draws);
    return copy;
  }
  return draws.oneOf<unknown>([
    null,
    true,
    -1,
    1e300,
    0.5,
    '',
    [],
    {},
    [null],
    { from: 'nowhere' },
    draws.oneOf(hostileWords),
    draws.oneOf(steeringTexts),
    'boot',
    'disk-data',
    'x'.repeat(2_000),
  ]);
}

function parsed(bytes: Buffer): Values | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Values) : undefined;
  } catch {
    return undefined;
  }
}

export const damages: readonly Damage[] = [
  onBytes('a bit flipped', (bytes, draws) => {
    const copy = Buffer.from(bytes);
    const at = draws.below(Math.min(copy.length, draws.chance(0.5) ? 120 : copy.length));
    copy[at] = (copy[at] ?? 0) ^ (1 << draws.below(8));
    return copy;
  }),
  onBytes('bytes overwritten', (bytes, draws) => {
    const copy = Buffer.from(bytes);
    const at = draws.below(copy.length);
    copy.fill(draws.oneOf([0, 0xff, 0x20]), at, Math.min(copy.length, at + 1 + draws.below(16)));
    return copy;
  }),
  onBytes('cut off', (bytes, draws) => bytes.subarray(0, draws.below(bytes.length))),
  onBytes('made longer', (bytes, draws) =>
    Buffer.concat([bytes, Buffer.alloc(1 + draws.below(4_096), draws.below(256))]),
  ),
  onBytes('emptied', () => ''),
  onBytes('two megabytes long', () => Buffer.alloc(2 ** 21, 0x20)),
  onBytes('a value changed', (bytes, draws) => {
    const whole = parsed(bytes);
    return whole === undefined ? bytes.subarray(1) : JSON.stringify(changed(whole, draws));
  }),
  {
    what: 'a value changed, and the checksum with it',
    forged: true,
    apply: async (path, _, draws) => {
      const whole = parsed(await readFile(path));
      const content = whole?.['content'] ?? whole;
      const other = content === undefined ? undefined : changed(content, draws);
      if (typeof other !== 'object' || other === null) return await writeFile(path, 'null');
      // The marker of a location has no checksum.
      await writeFile(path, whole?.['checksum'] === undefined ? JSON.stringify(other) : formatRecord(other));
    },
  },
  {
    what: 'another in its place',
    forged: false,
    apply: async (path, others, draws) => {
      await writeFile(path, await readFile(draws.oneOf(others)));
    },
  },
  { what: 'gone', forged: false, apply: (path) => rm(path) },
  {
    what: 'a folder in its place',
    forged: false,
    apply: async (path) => {
      await rm(path);
      await mkdir(path);
    },
  },
  {
    what: 'a link to itself in its place',
    forged: false,
    apply: async (path) => {
      await rm(path);
      await symlink(path, path);
    },
  },
];
