import type { PlannedAction } from '../../src/core/action.ts';
import type { Fleet } from '../../src/core/assets.ts';
import type { InPlace, Refusal, SettingProblem } from '../../src/core/provider.ts';
import type { Size, Workstation } from '../../src/core/workstation.ts';
import type { World } from './datacenter/world.ts';

/** One sentence for everything that the datacenter is known to refuse. Capacity is not among it: no cloud tells before. */
export function checkInMemory(world: World, fleet: Fleet, actions: readonly PlannedAction[]): Refusal[] {
  return actions.flatMap((action) =>
    checkAction(world, fleet, action).map((sentence) => ({ code: 'refused' as const, sentence })),
  );
}

function checkAction(world: World, fleet: Fleet, action: PlannedAction): string[] {
  const { quirks } = world;
  switch (action.kind) {
    case 'create-disk': {
      const { source } = action;
      const snapshot =
        source.from === 'snapshot' ? fleet.snapshots.find(({ id }) => id === source.snapshotId) : undefined;
      return sentences(`create disk ${action.name}`, [
        nameProblem(world, action.name),
        locationProblem(world, action.location),
        typeProblem(world, action.type),
        sizeProblem(world, action.sizeBytes),
        (snapshot?.sizeBytes ?? 0) > action.sizeBytes && 'it is smaller than the disk of the snapshot',
      ]);
    }
    case 'create-vm':
      return sentences(`create VM ${action.name}`, [
        nameProblem(world, action.name),
        locationProblem(world, action.location),
        vmSizeProblem(world, action.size),
      ]).concat((action.makes ?? []).flatMap((made) => checkAction(world, fleet, made)));
    case 'resize-vm':
      return sentences(`resize VM ${action.vm.name}`, [
        vmSizeProblem(world, action.size),
        placeProblem(quirks.resize),
      ]);
    case 'snapshot-disk':
      return sentences(`create snapshot ${action.name}`, [nameProblem(world, action.name)]);
    case 'grow-disk': {
      const disk = fleet.disks.find(({ id }) => id === action.disk.id);
      return sentences(`grow disk ${action.disk.name}`, [
        sizeProblem(world, action.sizeBytes),
        placeProblem(quirks.grow),
        (disk?.sizeBytes ?? 0) > action.sizeBytes && 'disks only grow',
      ]);
    }
    case 'change-disk-type':
      return sentences(`change the type of disk ${action.disk.name}`, [
        typeProblem(world, action.type),
        placeProblem(quirks.changeType),
      ]);
    case 'attach-disk':
    case 'detach-disk':
      return sentences(`${action.kind} ${action.disk.name}`, [placeProblem(quirks.attach)]);
    default:
      return [];
  }
}

/** Mistakes in an entry that can be told without asking. */
export function workstationProblems(world: World, workstation: Workstation): SettingProblem[] {
  const problems: [(string | number)[], string | false][] = [
    ...workstation.locations.map((location, index): [(string | number)[], string | false] => [
      ['locations', index],
      locationProblem(world, location),
    ]),
    [['size'], vmSizeProblem(world, workstation.size)],
    ...workstation.disks.flatMap((disk, index): [(string | number)[], string | false][] => [
      [['disks', index, 'type'], typeProblem(world, disk.type)],
      [['disks', index, 'size'], sizeProblem(world, disk.sizeBytes)],
    ]),
  ];
  return problems.flatMap(([path, message]) => (message === false ? [] : [{ path, message }]));
}

function sentences(verb: string, problems: readonly (string | false)[]): string[] {
  return problems.filter((problem) => problem !== false).map((problem) => `cannot ${verb}: ${problem}`);
}

function nameProblem({ quirks }: World, name: string): string | false {
  return name.length > quirks.longestName && `the longest name has ${quirks.longestName} characters`;
}

function locationProblem(world: World, location: string): string | false {
  return !world.locations.some(({ name }) => name === location) && `there is no location ${location}`;
}

function typeProblem({ quirks }: World, type: string): string | false {
  return !quirks.diskTypes.includes(type) && `there is no disk type ${type}`;
}

function sizeProblem({ quirks }: World, bytes: number): string | false {
  return (
    (bytes < quirks.smallestDiskBytes || bytes > quirks.largestDiskBytes) &&
    `a disk cannot have ${bytes} bytes`
  );
}

function vmSizeProblem({ quirks }: World, size: Size): string | false {
  const known =
    'machineType' in size
      ? quirks.machineTypes?.includes(size.machineType) === true
      : quirks.machineTypes === undefined;
  return !known && `there is no size ${JSON.stringify(size)}`;
}

function placeProblem(when: InPlace): string | false {
  return when === 'never' && 'it cannot be done in place';
}
