import type { Goal } from '../../src/core/plan.ts';
import { classicScheme } from '../../src/core/names.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import { workstationFor } from '../../test/property/lab.ts';
import { runFleet } from '../../test/prove/runFleet.ts';
import type { Datacenter } from '../../test/support/datacenter/datacenter.ts';
import type { Quirks } from '../../test/support/datacenter/quirks.ts';
import type { World } from '../../test/support/datacenter/world.ts';
import { openDatacenter } from '../../test/support/kindOf.ts';

const START_MS = Date.UTC(2026, 0, 1);
/** After that no list tells of machines that were deleted. */
const FORGOTTEN_MS = 2 * 3_600_000;

const life: readonly Goal[] = [
  { kind: 'create', off: false },
  { kind: 'dessicate', stop: true },
  { kind: 'rehydrate', off: false },
];

/** All of one length, which a copy of the first needs. */
export function nameOf(index: number): string {
  return `ws${String(index).padStart(4, '0')}`;
}

export function fleetOf(quirks: Quirks, disks: number, count: number): Workstation[] {
  const one = workstationFor(quirks, 1);
  const [boot] = one.disks;
  const others = Array.from({ length: disks - 1 }, (_, index) => ({ ...boot, name: `data${index + 1}` }));
  return Array.from({ length: count }, (_, index) => ({
    ...one,
    name: nameOf(index),
    disks: [boot, ...others],
  }));
}

export function openCloud(quirks: Quirks): Datacenter {
  return openDatacenter(quirks, 1, START_MS);
}

/**
 * A cloud with so many workstations, each ON with one disk and a snapshot of an earlier night. Commands make the first; the others are
 * its copies, since making a thousand in a simulation takes hours.
 */
export async function fleetWorld(quirks: Quirks, count: number): Promise<Datacenter> {
  const datacenter = openCloud(quirks);
  for (const goal of life) {
    const { results } = await runFleet(datacenter, fleetOf(quirks, 1, 1), goal);
    if (results[0]?.outcome.kind !== 'done') throw new Error(`cannot ${goal.kind} what is to be measured`);
  }
  datacenter.advance(FORGOTTEN_MS);
  const { world } = datacenter;
  const first = datacenter.save();
  for (let index = 1; index < count; index += 1) addCopy(world, first, index);
  return datacenter;
}

function addCopy(world: World, first: World, index: number): void {
  const ids = [first.vms, first.disks, first.snapshots].flatMap((assets) => [...assets.keys()]);
  const rename = renamer(ids, index);
  copyInto<object>(world.vms, first.vms, ids, rename);
  copyInto<object>(world.disks, first.disks, ids, rename);
  copyInto<object>(world.snapshots, first.snapshots, ids, rename);
  copyInto<object>(world.gce.extras, first.gce.extras, ids, rename);
  if (world.ec2 === undefined || first.ec2 === undefined) return;
  copyInto<object>(world.ec2.tags, first.ec2.tags, ids, rename);
  copyInto<object>(world.ec2.instances, first.ec2.instances, ids, rename);
}

function copyInto<T>(
  into: Map<string, T>,
  from: ReadonlyMap<string, T>,
  ids: readonly string[],
  rename: (text: string) => string,
): void {
  for (const id of ids) {
    const value = from.get(id);
    if (value !== undefined) into.set(rename(id), renamed(value, rename) as T);
  }
}

/** A copy of plain data with other texts in it. */
function renamed(value: unknown, rename: (text: string) => string): unknown {
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [rename(String(key)), renamed(item, rename)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, rename)]));
}

/** What the first workstation's names, the hash in them and the digits of its ids become. */
function renamer(ids: readonly string[], index: number): (text: string) => string {
  const hashOf = (workstation: string) =>
    classicScheme.diskName({ workstation, disk: 'boot' }, 255).split('-').at(-1) ?? '';
  const digits = ids.map((id) => id.split('-').at(-1) ?? '');
  const table = new Map([
    [nameOf(0), nameOf(index)],
    [hashOf(nameOf(0)), hashOf(nameOf(index))],
    ...digits.map((old) => [old, otherDigits(old, index)] as const),
  ]);
  const pattern = new RegExp([...table.keys()].join('|'), 'g');
  return (text) => text.replace(pattern, (found) => table.get(found) ?? found);
}

/** Compute Engine's ids are numbers of 64 bits, EC2's are hexadecimal. */
function otherDigits(digits: string, index: number): string {
  if (digits.length > 16) return String(BigInt(digits) + (BigInt(index) << 52n));
  return index.toString(16).padStart(4, '0') + digits.slice(4);
}
