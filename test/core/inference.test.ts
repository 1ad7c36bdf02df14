import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/core/assets.ts';
import { inventoryOf } from '../../src/core/inventory.ts';
import { infer, type ProblemKind, type Situation } from '../../src/core/state.ts';
import {
  attachment,
  claim,
  disk,
  diskSpec,
  fleet,
  inventory,
  machine,
  MIDDLE,
  NEW,
  OLD,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';

function judge(parts: Parts, by = claim()): Situation {
  return infer(inventory(parts, by), by);
}

const problemsOf = (parts: Parts, by = claim()) =>
  judge(parts, by).problems.map(({ kind, sentence }) => [kind, sentence.replace(/-[0-9a-f]{32}/g, '')]);
const placesOf = (parts: Parts, by = claim()) =>
  judge(parts, by).newestContent.map(
    ({ disk: name, place }) => `${name}: ${place.replace(/-[0-9a-f]{32}/g, '')}`,
  );

const boot = disk('boot');
const data = disk('data');
const never: Partial<Disk> = { lastWritable: { kind: 'never' } };
const failed = { status: 'failed', statusText: 'ERROR' } as const;
const gone = { status: 'gone', statusText: 'FILE GONE' } as const;
const later: Partial<Disk> = { lastWritable: { kind: 'at', atMs: timeOf(NEW) + 1 } };
const three = claim({ disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] });
const sealedOf = (...members: readonly string[]) => disk('boot', { labels: { ...boot.labels, members } });

describe('what keeps a workstation from a normal state, where', () => {
  const table: [string, Parts, [ProblemKind, string][]][] = [
    [
      'a VM has no disk, and nothing tells of any',
      { vms: [vm()] },
      [['failed', 'VM dev has no disk, and nothing tells of any that it had']],
    ],
    [
      'a disk is lost of which a record is left',
      {
        ...machine([{ ...boot, ...later }]),
        disks: [
          { ...boot, ...later },
          { ...data, ...gone },
        ],
      },
      [['lost', 'disk data is gone (FILE GONE), and there is no snapshot of it in the newest set']],
    ],
    [
      'all disks of a running VM are gone, whatever the set holds',
      { vms: [vm({ ...running, attachments: [attachment(boot), attachment(data)] })], snapshots: set() },
      [
        ['lost', `disk boot is gone, its last snapshot is ss-dev-boot-${NEW}`],
        ['lost', `disk data is gone, its last snapshot is ss-dev-data-${NEW}`],
      ],
    ],
    [
      'only the records of its disks are left, and a set that is not whole',
      {
        disks: [
          { ...boot, ...gone },
          { ...data, ...gone },
        ],
        snapshots: [snapshot('boot')],
      },
      [
        ['lost', `disk boot is gone (FILE GONE), its last snapshot is ss-dev-boot-${NEW}`],
        ['lost', 'disk data is gone (FILE GONE), and there is no snapshot of it in the newest set'],
      ],
    ],
    [
      'one disk failed and another is lost, whatever the set holds',
      { disks: [restored('boot', NEW, failed)], snapshots: set() },
      [
        ['failed', 'disk boot is unusable: ERROR'],
        ['lost', `disk data is gone, its last snapshot is ss-dev-data-${NEW}`],
      ],
    ],
    [
      'a disk failed and another was put away at a provider that tells nothing of loose disks',
      {
        disks: [
          disk('boot', {
            lastWritable: { kind: 'unknown' },
            labels: { ...boot.labels, putInto: NEW },
          }),
          { ...data, ...failed },
        ],
        snapshots: set(),
      },
      [['failed', 'disk data is unusable: ERROR']],
    ],
    [
      'a set was cut off short of one snapshot',
      {
        snapshots: [
          snapshot('boot', NEW, failed),
          snapshot('data', NEW, { ...failed, statusText: 'BROKEN' }),
        ],
      },
      [
        [
          'broken-set',
          `the newest snapshot set ${NEW} is not whole: the snapshot of boot is unusable (ERROR); the snapshot of data is unusable (BROKEN)`,
        ],
      ],
    ],
    [
      'disks were made before the newest set, and of an older one',
      {
        ...machine([restored('boot', OLD), restored('data', OLD)]),
        snapshots: [...set(OLD), ...set()],
      },
      [
        [
          'overtaken',
          `set ${NEW} was taken of other disks, after boot, data was made: a run that was held up put it there`,
        ],
      ],
    ],
  ];
  it.each(table)('%s', (_, parts, problems) => {
    expect(problemsOf(parts)).toEqual(problems);
  });

  it('several disks were never made', () => {
    const made = disk('boot', { ...never, labels: without(boot.labels, 'members') });
    expect(problemsOf({ disks: [made] }, three)).toEqual([
      ['unmade', 'its creation was cut off: data, more and the VM are not made yet'],
    ]);
  });

  it('several disks are alive and several are only in the set', () => {
    const snapshots = ['boot', 'data', 'more'].map((name) => {
      const taken = snapshot(name);
      return { ...taken, labels: { ...taken.labels, setSize: 3 } };
    });
    const putAway = (name: string) =>
      disk(name, {
        lastWritable: { kind: 'unknown' },
        labels: { ...sealedOf('boot', 'data', 'more').labels, disk: name, putInto: NEW },
      });
    expect(problemsOf({ disks: [restored('boot'), restored('data')], snapshots }, three)).toEqual([
      ['partly-away', `only in snapshot set ${NEW}: more; still there as disks: boot, data`],
    ]);
    expect(problemsOf({ disks: [putAway('boot')], snapshots }, three)).toEqual([
      [
        'cut-off',
        `a run was cut off: only in snapshot set ${NEW}: data, more; still there as disks, as new as that set or newer: boot`,
      ],
    ]);
  });
});

describe('ON', () => {
  it('stays ON whatever troubles it, and says what', () => {
    const sentence = 'its drive is full: make room on it';
    const parts = machine([boot, data], { ...running, trouble: sentence });
    expect(judge(parts)).toMatchObject({ state: 'ON', problems: [{ kind: 'trouble', sentence }] });
    expect(judge(machine([boot, data], running)).problems).toEqual([]);
  });

  it('stays ON where its disks were made before the newest set, since somebody works on them', () => {
    const parts = machine([restored('boot', OLD), restored('data', OLD)], running);
    expect(judge({ ...parts, snapshots: [...set(OLD), ...set()] }).state).toBe('ON');
  });
});

describe('a stranger that holds a disk', () => {
  it('is not asked about its state where it holds none of ours', () => {
    const odd = vm({ id: 'vm-9', name: 'other', labels: {}, status: 'unknown', statusText: 'ODD' });
    const given = fleet({ ...machine(), vms: [...machine().vms, odd] });
    expect(infer(inventoryOf(given, claim()), claim()).state).toBe('OFF');
  });
});

describe('the newest content of a disk is', () => {
  it.each<[string, Parts, readonly string[]]>([
    [
      'on the disk, where no snapshot of it was ever taken',
      machine(),
      ['boot: disk dev-boot', 'data: disk dev-data'],
    ],
    [
      'in the newest snapshot of it that is ready, where that is in an older set',
      { snapshots: [...set(OLD), ...set(MIDDLE), snapshot('boot'), snapshot('data', NEW, failed)] },
      [`boot: snapshot ss-dev-boot-${NEW}`, `data: snapshot ss-dev-data-${MIDDLE}`],
    ],
    [
      'on the disk, though it is an unused copy of an older set, where the workstation is whole',
      {
        ...machine([restored('boot'), restored('data', OLD, { createdAtMs: timeOf(NEW) + 1 })]),
        snapshots: [...set(OLD), ...set()],
      },
      [`boot: disk dev-boot and snapshot ss-dev-boot-${NEW}`, 'data: disk dev-data'],
    ],
    [
      'in the newest set, where what is alive is an unused copy of an older one beside a disk that is away',
      { disks: [restored('boot', OLD)], snapshots: [...set(OLD), ...set()] },
      [`boot: snapshot ss-dev-boot-${NEW}`, `data: snapshot ss-dev-data-${NEW}`],
    ],
    [
      'on a disk that was restored from an older set and used since',
      { disks: [restored('boot', OLD, later)], snapshots: [...set(OLD), ...set()] },
      ['boot: disk dev-boot', `data: snapshot ss-dev-data-${NEW}`],
    ],
    [
      'on a blank disk that was never used, beside a disk that is away',
      {
        disks: [disk('boot', { ...never, id: 'disk-blank', createdAtMs: timeOf(NEW) + 1 })],
        snapshots: set(),
      },
      ['boot: disk dev-boot', `data: snapshot ss-dev-data-${NEW}`],
    ],
    [
      'both on a disk and in the set that it is an unused copy of',
      { disks: [restored('boot')], snapshots: set() },
      [`boot: disk dev-boot and snapshot ss-dev-boot-${NEW}`, `data: snapshot ss-dev-data-${NEW}`],
    ],
    [
      'in its snapshot, where the disk failed',
      { disks: [boot, { ...data, ...failed }], snapshots: set() },
      [`boot: disk dev-boot and snapshot ss-dev-boot-${NEW}`, `data: snapshot ss-dev-data-${NEW}`],
    ],
  ])('%s', (_, parts, places) => {
    expect(placesOf(parts)).toEqual(places);
  });
});
