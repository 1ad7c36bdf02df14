import { describe, expect, it, test } from 'vitest';
import type { Disk, LastWritable, Snapshot, Vm } from '../../src/core/assets.ts';
import type { DriftKind } from '../../src/core/drift.ts';
import { type Claim, inventoryOf } from '../../src/core/inventory.ts';
import { infer, type ProblemKind, type Situation, type State } from '../../src/core/state.ts';
import type { Workstation } from '../../src/core/workstation.ts';
import {
  attachment,
  bare,
  claim,
  disk,
  diskName,
  diskSpec,
  fleet,
  GB,
  inventory,
  MIDDLE,
  machine,
  NEW,
  OLD,
  OWNER,
  type Parts,
  restored,
  running,
  set,
  snapshot,
  snapshotName,
  timeOf,
  vm,
  without,
} from '../support/builders.ts';

function judge(parts: Parts, by: Claim = claim()): Situation {
  return infer(inventory(parts, by), by);
}

function kindsOf(situation: Situation): ProblemKind[] {
  return situation.problems.map(({ kind }) => kind);
}

const boot = disk('boot');
const data = disk('data');
const changing = { status: 'changing', statusText: 'PENDING' } as const;
const failed = { status: 'failed', statusText: 'ERROR' } as const;
const unknown = { status: 'unknown', statusText: 'REPAIRING' } as const;
/** Made after every set. */
const fresh: Partial<Disk> = { createdAtMs: timeOf(NEW) + 60_000 };
const used: LastWritable = { kind: 'at', atMs: timeOf(NEW) + 60_000 };

describe('the state of', () => {
  const table: [string, Parts, State][] = [
    ['nothing at all', {}, 'NOT_EXIST'],
    ['a running VM with every disk', machine([boot, data], running), 'ON'],
    ['a running VM, and old sets', { ...machine([boot, data], running), snapshots: set(OLD) }, 'ON'],
    ['a stopped VM with every disk', machine(), 'OFF'],
    ['a stopped VM, and sets', { ...machine(), snapshots: [...set(OLD), ...set(NEW)] }, 'OFF'],
    [
      'a stopped VM whose disk is attached to nothing',
      { ...machine([boot]), disks: [...machine([boot]).disks, data] },
      'OFF',
    ],
    ['a complete set', { snapshots: set() }, 'DESSICATED'],
    [
      'a complete set after an incomplete one',
      { snapshots: [snapshot('boot', OLD), ...set(NEW)] },
      'DESSICATED',
    ],
    ['an incomplete set', { snapshots: [snapshot('boot')] }, 'INCONSISTENT'],
    ['disks without a VM', { disks: [boot, data] }, 'INCONSISTENT'],
    ['a VM without disks', { vms: [vm()] }, 'INCONSISTENT'],
  ];
  it.each(table)('%s', (_, parts, state) => {
    expect(judge(parts).state).toBe(state);
  });
});

describe('CHANGING', () => {
  const stopping: Partial<Vm> = { status: 'changing', statusText: 'STOPPING' };
  const table: [string, Parts, string | undefined][] = [
    ['a VM', machine([boot, data], stopping), 'VM dev is STOPPING'],
    ['a disk', { disks: [{ ...boot, ...changing }, data] }, `disk ${boot.name} is PENDING`],
    [
      'a snapshot whose disk is gone',
      { snapshots: set(NEW, changing) },
      `snapshot ${snapshotName('boot', NEW)} is PENDING`,
    ],
    [
      'a snapshot whose source is not told',
      { disks: [boot, data], snapshots: [without(snapshot('boot', NEW, changing), 'sourceDiskId')] },
      `snapshot ${snapshotName('boot', NEW)} is PENDING`,
    ],
    ['not a snapshot whose disk is alive', { ...machine(), snapshots: set(NEW, changing) }, undefined],
    [
      'even where two VMs have one name',
      { ...machine([boot, data], stopping), vms: [vm(stopping), vm({ id: 'vm-2' })] },
      'VM dev is STOPPING',
    ],
  ];
  it.each(table)('%s', (_, parts, sentence) => {
    const { state, problems, mend } = judge(parts);
    expect(state === 'CHANGING').toBe(sentence !== undefined);
    expect(problems[0]?.sentence).toBe(sentence);
    expect(mend).toBeUndefined();
  });
});

describe('INCONSISTENT', () => {
  const table: [string, Parts, ProblemKind[], string, string | undefined][] = [
    [
      'two VMs of one name',
      { ...machine(), vms: [vm(), vm({ id: 'vm-2', location: 'south' })] },
      ['ambiguous'],
      'there are 2 VMs named dev: vm-1 in north, vm-2 in south',
      undefined,
    ],
    [
      'two VMs of other names',
      { ...machine(), vms: [vm(), vm({ id: 'vm-2', name: 'dev-2' })] },
      ['ambiguous'],
      'there are 2 VMs: vm-1, vm-2',
      undefined,
    ],
    [
      'two disks of one name',
      { disks: [boot, data, { ...data, id: 'disk-twin', location: 'south' }] },
      ['ambiguous'],
      `there are 2 disks named ${data.name}: disk-data in north, disk-twin in south`,
      undefined,
    ],
    [
      'two boot disks',
      { disks: [boot, { ...data, labels: { ...data.labels, role: 'boot' } }] },
      ['ambiguous'],
      'two disks say that they are the boot disk',
      undefined,
    ],
    [
      'a VM status that is not known',
      machine([boot, data], { status: 'unknown', statusText: 'REPAIRING' }),
      ['unknown'],
      'VM dev is in a state that chews does not know: REPAIRING',
      undefined,
    ],
    [
      'a disk status that is not known',
      machine([boot, { ...data, ...unknown }]),
      ['unknown'],
      `${data.name} is in a state that chews does not know: REPAIRING`,
      undefined,
    ],
    [
      'a snapshot status that is not known',
      { ...machine(), snapshots: [snapshot('boot', OLD, unknown)] },
      ['unknown'],
      `${snapshotName('boot', OLD)} is in a state that chews does not know: REPAIRING`,
      undefined,
    ],
    [
      'a deletion that was begun',
      machine([{ ...boot, labels: { ...boot.labels, deleting: true } }, data]),
      ['deleting'],
      'its deletion was begun and not finished (1 assets are marked)',
      'delete dev',
    ],
    [
      'snapshots that are marked for deletion',
      { snapshots: set().map((taken) => ({ ...taken, labels: { ...taken.labels, deleting: true } })) },
      ['deleting'],
      'its deletion was begun and not finished (2 assets are marked)',
      'delete dev',
    ],
    [
      'a suspended VM',
      machine([boot, data], { status: 'suspended', statusText: 'SUSPENDED' }),
      ['suspended'],
      'VM dev is suspended: what it holds in memory is in none of its disks',
      undefined,
    ],
    [
      'a disk in a stranger',
      {
        disks: [boot, data],
        vms: [vm({ id: 'vm-9', name: 'other', labels: {}, attachments: [attachment(data)] })],
      },
      ['held'],
      'VM other, which is not of workstation dev, holds a disk of it',
      undefined,
    ],
    [
      'a disk that says it is in a stranger',
      {
        disks: [boot, { ...data, attachedTo: ['vm-9'] }],
        vms: [vm({ id: 'vm-9', name: 'other', labels: {} })],
      },
      ['held'],
      'VM other, which is not of workstation dev, holds a disk of it',
      undefined,
    ],
    [
      'a create that was cut off',
      { disks: [disk('boot', { lastWritable: { kind: 'never' }, labels: without(boot.labels, 'members') })] },
      ['unmade'],
      'its creation was cut off: data and the VM are not made yet',
      'create dev',
    ],
    [
      'all disks and no VM',
      { disks: [boot, data] },
      ['vm-missing'],
      'all its disks are there, its VM is not',
      'recover dev',
    ],
    [
      'a rehydrate of an older set that was cut off right before its VM was made',
      {
        disks: [restored('boot', OLD, fresh), restored('data', OLD, fresh)],
        snapshots: [...set(OLD), ...set()],
      },
      ['stale-copies'],
      `its disks are unused copies of which no VM was made, and these are not of the newest set, ${NEW}: boot, data`,
      'recover dev',
    ],
    [
      'two rehydrates of two sets that ran into one another',
      {
        disks: [restored('boot', NEW, fresh), restored('data', OLD, fresh)],
        snapshots: [...set(OLD), ...set()],
      },
      ['stale-copies'],
      `its disks are unused copies of which no VM was made, and these are not of the newest set, ${NEW}: data`,
      'recover dev',
    ],
    [
      'a rehydrate of the newest set that was cut off right before its VM was made',
      {
        disks: [restored('boot', NEW, fresh), restored('data', NEW, fresh)],
        snapshots: [...set(OLD), ...set()],
      },
      ['vm-missing'],
      'all its disks are there, its VM is not',
      'recover dev',
    ],
    [
      'disks of an older set of which one was used',
      {
        disks: [
          restored('boot', OLD, fresh),
          restored('data', OLD, { ...fresh, lastWritable: { kind: 'unknown' } }),
        ],
        snapshots: [...set(OLD), ...set()],
      },
      ['vm-missing'],
      'all its disks are there, its VM is not',
      'recover dev',
    ],
    [
      'unused disks of which one is of no set',
      {
        disks: [restored('boot', OLD, fresh), disk('data', { lastWritable: { kind: 'never' }, ...fresh })],
        snapshots: [...set(OLD), ...set()],
      },
      ['vm-missing'],
      'all its disks are there, its VM is not',
      'recover dev',
    ],
    [
      'unused copies of an older set, while the newest is not whole',
      {
        disks: [restored('boot', OLD, fresh), restored('data', OLD, fresh)],
        snapshots: [...set(OLD), snapshot('boot')],
      },
      ['vm-missing'],
      'all its disks are there, its VM is not',
      'recover dev',
    ],
    [
      'unused copies of an older set, while nobody knows which set is the newest',
      {
        disks: [restored('boot', MIDDLE, fresh), restored('data', MIDDLE, fresh)],
        snapshots: [...set(OLD, { takenAtMs: timeOf(NEW) + 1 }), ...set(MIDDLE), ...set()],
      },
      ['vm-missing'],
      'all its disks are there, its VM is not',
      'recover dev',
    ],
    [
      'a rehydrate that was cut off',
      { disks: [restored('boot')], snapshots: set() },
      ['partly-away'],
      `only in snapshot set ${NEW}: data; still there as disks: boot`,
      'recover dev',
    ],
    [
      'a VM whose disks are all in the set',
      { vms: [vm({ attachments: [attachment(boot), attachment(data)] })], snapshots: set() },
      ['partly-away'],
      `only in snapshot set ${NEW}: boot, data; still there as disks: none`,
      'recover dev',
    ],
    [
      'a lost disk whose sibling was not written to since the set',
      { ...machine([boot]), snapshots: set() },
      ['lost'],
      `disk data is gone, its last snapshot is ${snapshotName('data', NEW)}`,
      'recover dev',
    ],
    [
      'a lost disk beside one that was written since',
      { disks: [{ ...boot, lastWritable: used }], snapshots: set() },
      ['lost'],
      `disk data is gone, its last snapshot is ${snapshotName('data', NEW)}`,
      'recover dev',
    ],
    [
      'a lost disk without a snapshot',
      machine([boot]),
      ['lost'],
      'disk data is gone, and there is no snapshot of it in the newest set',
      'recover dev',
    ],
    [
      'a lost disk of a running VM, whatever the set holds',
      { ...machine([{ ...boot, lastWritable: { kind: 'never' } }], running), snapshots: set() },
      ['lost'],
      `disk data is gone, its last snapshot is ${snapshotName('data', NEW)}`,
      'recover dev',
    ],
    [
      'a disk that failed',
      machine([boot, { ...data, ...failed }]),
      ['failed'],
      'disk data is unusable: ERROR',
      'recover dev',
    ],
    [
      'a running VM without one of its disks',
      { ...machine([boot], running), disks: [...machine([boot], running).disks, data] },
      ['detached'],
      'the VM runs without data',
      'recover dev',
    ],
    [
      'a broken newest set',
      { snapshots: [snapshot('boot')] },
      ['broken-set'],
      `the newest snapshot set ${NEW} is not whole: it holds 1 of 2 disks`,
      'recover dev',
    ],
    [
      'snapshots that belong to no set',
      {
        snapshots: [without(snapshot('boot'), 'labels')].map((taken) => ({
          ...taken,
          name: 'keepsake',
          labels: { workstation: 'dev', disk: 'boot' },
        })),
      },
      ['broken-set'],
      'the newest snapshot set  is not whole: it cannot be read',
      'recover dev',
    ],
    [
      'sets whose two orders disagree',
      { snapshots: [...set(OLD, { takenAtMs: timeOf(NEW) }), ...set(MIDDLE)] },
      ['disorder'],
      `by its name set ${MIDDLE} is the newest, by the provider's clock set ${OLD} is`,
      'recover dev',
    ],
  ];
  it.each(table)('%s', (_, parts, kinds, sentence, mend) => {
    const situation = judge(parts);
    expect(situation.state).toBe('INCONSISTENT');
    expect(kindsOf(situation)).toEqual(kinds);
    expect(situation.problems[0]?.sentence).toBe(sentence);
    expect(situation.mend).toBe(mend);
    expect(situation.drift).toEqual([]);
  });

  const flaws: [string, Snapshot[], string][] = [
    ['one is missing', [snapshot('boot')], 'it holds 1 of 2 disks'],
    [
      'one failed',
      [snapshot('boot'), snapshot('data', NEW, failed)],
      'the snapshot of data is unusable (ERROR)',
    ],
    ['one too many', [...set(), snapshot('more')], 'it holds 3 disks although it says 2'],
    [
      'one twice',
      [...set(), snapshot('data', NEW, { id: 'snapshot-twin', sourceDiskId: 'disk-other' })],
      'it holds two snapshots of one disk',
    ],
    [
      'they disagree',
      [snapshot('boot'), snapshot('data', NEW, { labels: { ...snapshot('data').labels, setSize: 1 } })],
      'its snapshots disagree about how many they are',
    ],
  ];
  it.each(flaws)(
    'a newest set that is not whole, because %s, is not hidden by an older whole one',
    (_, snapshots, flaw) => {
      const situation = judge({ snapshots: [...set(OLD), ...snapshots] });
      expect([situation.state, kindsOf(situation)]).toEqual(['INCONSISTENT', ['broken-set']]);
      expect(situation.problems[0]?.sentence).toContain(flaw);
    },
  );

  it('is no disorder where two sets were taken in one moment of the provider’s clock', () => {
    expect(judge({ snapshots: [...set(OLD, { takenAtMs: timeOf(NEW) }), ...set(NEW)] }).state).toBe(
      'DESSICATED',
    );
  });

  it('says where the newest content of each disk is', () => {
    const { newestContent } = judge({ disks: [{ ...boot, lastWritable: used }], snapshots: set() });
    expect(newestContent).toEqual([
      { disk: 'boot', place: `disk ${boot.name}` },
      { disk: 'data', place: `snapshot ${snapshotName('data', NEW)}` },
    ]);
    expect(judge({ disks: [boot], snapshots: set() }).newestContent[0]?.place).toBe(
      `disk ${boot.name} and snapshot ${snapshotName('boot', NEW)}`,
    );
    expect(judge(machine([boot])).newestContent[1]?.place).toBe('nowhere');
    expect(
      judge({ ...machine([boot, { ...data, ...failed }]), snapshots: set(OLD) }).newestContent[1]?.place,
    ).toBe(`snapshot ${snapshotName('data', OLD)}, perhaps older than the disk was`);
    expect(judge({ ...machine([boot]), snapshots: set() }).newestContent[1]?.place).toBe(
      `snapshot ${snapshotName('data', NEW)}, perhaps older than the disk was`,
    );
  });

  it('takes a disk that is gone for put away only where nothing can have written to it since the set was taken', () => {
    const held = [attachment(boot), attachment(data)];
    const stopped = (lastStoppedAtMs: number) => vm({ attachments: held, lastStoppedAtMs });
    const kinds = (parts: Parts) => kindsOf(judge({ ...parts, snapshots: set() }));
    expect(kinds({ vms: [stopped(timeOf(MIDDLE))] })).toEqual(['partly-away']);
    expect(kinds({ vms: [stopped(timeOf(NEW))] })).toEqual(['lost', 'lost']);
    const { lastStoppedAtMs: _untold, ...untold } = stopped(0);
    expect(kinds({ vms: [untold] })).toEqual(['lost', 'lost']);
    expect(kinds({ vms: [{ ...stopped(timeOf(MIDDLE)), attachments: [attachment(boot)] }] })).toEqual([
      'lost',
      'lost',
    ]);
    expect(kinds({ vms: [{ ...stopped(timeOf(MIDDLE)), status: 'running' }] })).toEqual(['lost', 'lost']);
    const record = (lastWritable: Disk['lastWritable'], origin = boot.origin) =>
      disk('boot', { status: 'gone', statusText: 'MISSING', lastWritable, origin });
    const copy = restored('boot').origin;
    expect(kinds({ disks: [record({ kind: 'never' }, copy), data] })).toEqual(['partly-away']);
    expect(kinds({ disks: [record({ kind: 'unknown' }, copy), data] })).toEqual(['lost']);
    expect(kinds({ disks: [record({ kind: 'unknown' }), data] })).toEqual(['lost']);
    expect(kinds({ disks: [record({ kind: 'at', atMs: timeOf(MIDDLE) }), data] })).toEqual(['partly-away']);
    expect(kinds({ disks: [record({ kind: 'at', atMs: timeOf(NEW) }), data] })).toEqual(['lost']);
  });
});

describe('what the first implementation took for DESSICATED or worse', () => {
  const stopping: Partial<Vm> = { status: 'changing', statusText: 'STOPPING' };
  const suspended: Partial<Vm> = { status: 'suspended', statusText: 'SUSPENDED' };
  const old = set(OLD);
  const inFile = [diskSpec('boot'), diskSpec('data')] as const;
  const table: [string, Parts, State, ProblemKind[]][] = [
    [
      'a machine that is stopping, with old snapshots',
      { ...machine([boot, data], stopping), snapshots: old },
      'CHANGING',
      ['changing'],
    ],
    [
      'a suspended one, with old snapshots',
      { ...machine([boot, data], suspended), snapshots: old },
      'INCONSISTENT',
      ['suspended'],
    ],
    [
      'a running one with a disk missing',
      { ...machine([boot], running), snapshots: old },
      'INCONSISTENT',
      ['lost'],
    ],
    [
      'a dessicate cut off after the VM',
      { disks: [boot, data], snapshots: old },
      'INCONSISTENT',
      ['vm-missing'],
    ],
    [
      'a dessicate cut off between two disks',
      { disks: [boot], snapshots: set() },
      'INCONSISTENT',
      ['partly-away'],
    ],
    [
      'a rehydrate cut off between two disks',
      { disks: [restored('data')], snapshots: set() },
      'INCONSISTENT',
      ['partly-away'],
    ],
    [
      'a snapshot that is slow, the VM gone',
      { disks: [boot, data], snapshots: set(NEW, changing) },
      'INCONSISTENT',
      ['vm-missing'],
    ],
    [
      'a failed snapshot in the newest set',
      { snapshots: [...old, snapshot('boot'), snapshot('data', NEW, failed)] },
      'INCONSISTENT',
      ['broken-set'],
    ],
  ];
  it.each(table)('%s', (_, parts, state, kinds) => {
    const situation = judge(parts, claim({ disks: inFile }));
    expect([situation.state, kindsOf(situation)]).toEqual([state, kinds]);
  });

  it('a foreign snapshot whose name begins alike', () => {
    const foreign = {
      ...bare(snapshot('boot')),
      id: 'foreign',
      name: `ss-${diskName('boot')}-copy-20270101000000`,
    };
    const neighbour = {
      ...bare(snapshot('boot')),
      id: 'neighbour',
      name: snapshotName('boot', NEW).replace('dev', 'dev-2'),
    };
    expect(judge({ snapshots: [...set(), foreign, neighbour] }).newestSet?.timestamp).toBe(NEW);
    expect(judge({ snapshots: [foreign, neighbour] }).state).toBe('NOT_EXIST');
  });

  it('tidying the last complete set away: the newest set is the one that the state is of, whole or not', () => {
    expect(judge({ snapshots: [...set(OLD), snapshot('boot')] }).newestSet?.timestamp).toBe(NEW);
  });
});

describe('members', () => {
  const three: Partial<Workstation> = { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] };
  const unsealed = without(boot.labels, 'members');
  const fresh = (name: string): Disk =>
    disk(name, { lastWritable: { kind: 'never' }, ...(name === 'boot' ? { labels: unsealed } : {}) });
  const one: Partial<Workstation> = { disks: [diskSpec('boot')] };
  type Row = [
    string,
    Parts,
    Partial<Workstation>,
    { members: string[]; fresh?: string[]; unmade?: string[] },
    State,
  ];
  const table: Row[] = [
    ['a new disk in the file, OFF', machine(), three, { members: ['boot', 'data'], fresh: ['more'] }, 'OFF'],
    [
      'a new disk in the file, DESSICATED',
      { snapshots: set() },
      three,
      { members: ['boot', 'data'], fresh: ['more'] },
      'DESSICATED',
    ],
    [
      'unmade, since nothing was ever used',
      { disks: [fresh('boot')] },
      three,
      { members: ['boot'], unmade: ['data', 'more'] },
      'INCONSISTENT',
    ],
    [
      'unmade even where the boot disk is',
      { disks: [fresh('data')] },
      three,
      { members: ['data'], unmade: ['boot', 'more'] },
      'INCONSISTENT',
    ],
    [
      'not unmade once sealed: lost',
      { disks: [disk('boot', { lastWritable: { kind: 'never' } })] },
      {},
      { members: ['boot', 'data'] },
      'INCONSISTENT',
    ],
    [
      'not unmade once written to: new',
      { disks: [disk('boot', { labels: unsealed })] },
      {},
      { members: ['boot'], fresh: ['data'] },
      'INCONSISTENT',
    ],
    [
      'not unmade once there is a VM: new',
      machine([fresh('boot')]),
      {},
      { members: ['boot'], fresh: ['data'] },
      'OFF',
    ],
    [
      'not unmade once there is a set: lost',
      { disks: [fresh('boot')], snapshots: set() },
      {},
      { members: ['boot', 'data'] },
      'INCONSISTENT',
    ],
    [
      'not unmade once one of them was written to: new',
      { disks: [fresh('boot'), data] },
      three,
      { members: ['boot', 'data'], fresh: ['more'] },
      'INCONSISTENT',
    ],
    [
      'a record whose content is gone',
      machine([boot, { ...data, status: 'gone' }]),
      {},
      { members: ['boot', 'data'] },
      'INCONSISTENT',
    ],
    ['removed from the file, OFF', machine(), one, { members: ['boot', 'data'] }, 'OFF'],
    [
      'removed from the file, DESSICATED',
      { snapshots: set() },
      one,
      { members: ['boot', 'data'] },
      'DESSICATED',
    ],
    [
      'let go, though an older set has it',
      { ...machine([disk('boot', { labels: { ...boot.labels, members: ['boot'] } })]), snapshots: set(OLD) },
      one,
      { members: ['boot'] },
      'OFF',
    ],
    ['a boot disk gone with its labels', machine([data]), {}, { members: ['boot', 'data'] }, 'INCONSISTENT'],
    [
      'a disk that the VM names and that is gone',
      {
        vms: [vm({ attachments: [attachment(boot), attachment(data)] })],
        disks: [{ ...boot, labels: unsealed, attachedTo: ['vm-1'] }],
      },
      {},
      { members: ['boot', 'data'] },
      'INCONSISTENT',
    ],
  ];
  it.each(table)('%s', (_, parts, file, expected, state) => {
    const { membership, state: found } = judge(parts, claim(file));
    expect({
      members: membership.members.map(({ name }) => name),
      fresh: membership.fresh.map(({ name }) => name),
      unmade: membership.unmade.map(({ name }) => name),
      state: found,
    }).toEqual({ fresh: [], unmade: [], ...expected, state });
  });

  it('come boot disk first, then in the order of the file, then by name', () => {
    const disks = ['zeta', 'more', 'boot', 'alpha', 'data'].map((name) => disk(name));
    const { members } = judge({ disks }, claim(three)).membership;
    expect(members.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'boot boot',
      'data data',
      'more data',
      'alpha data',
      'zeta data',
    ]);
    expect(members.map(({ spec }) => spec?.name)).toEqual(['boot', 'data', 'more', undefined, undefined]);
  });

  it('a lost disk is never made anew: it is no drift, and not unmade', () => {
    const { membership, problems } = judge(machine([boot]));
    expect([membership.fresh, membership.unmade]).toEqual([[], []]);
    expect(problems.map(({ kind }) => kind)).toEqual(['lost']);
  });
});

describe('assets without labels', () => {
  const bareMachine = machine([bare(boot), bare(data)]);
  const old = { ...bareMachine, vms: bareMachine.vms.map(bare) };
  const swapped: Partial<Workstation> = { disks: [diskSpec('data'), diskSpec('boot')] };

  it.each<[string, Parts, State, string[]]>([
    ['a whole VM', old, 'OFF', ['boot', 'data']],
    ['a whole set', { snapshots: set().map(bare) }, 'DESSICATED', ['boot', 'data']],
    [
      'a set that lacks what the file lists',
      { snapshots: [bare(snapshot('boot'))] },
      'INCONSISTENT',
      ['boot', 'data'],
    ],
    [
      'a disk that the file lists and that is gone',
      { vms: old.vms, disks: [bare(boot)] },
      'INCONSISTENT',
      ['boot', 'data'],
    ],
    ['a VM of another name', { vms: [bare(vm({ name: 'devil' }))] }, 'NOT_EXIST', []],
    [
      'a disk whose hash is of something else',
      { disks: [{ ...bare(data), name: 'dev-data-0123456789abcdef' }] },
      'NOT_EXIST',
      [],
    ],
  ])('are judged by their names and the file: %s', (_, parts, state, members) => {
    const situation = judge(parts);
    expect([situation.state, situation.membership.members.map(({ name }) => name)]).toEqual([state, members]);
  });

  it('are not judged by the file once anything bears a label', () => {
    const mixed = { ...old, snapshots: [bare(snapshot('boot', OLD)), snapshot('data')] };
    const three = claim({ disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] });
    expect(judge(mixed, three).membership.fresh.map(({ name }) => name)).toEqual(['more']);
    expect(judge(old, three).membership.fresh).toEqual([]);
  });
  it('boot from the first disk of the file, where nothing else remembers', () => {
    expect(judge({ snapshots: set().map(bare) }, claim(swapped)).membership.boot).toBe('data');
  });
  it('boot from what the VM boots from', () => {
    const vms = [
      bare(vm({ attachments: [attachment(boot, { boot: true }), attachment(data, { boot: false })] })),
    ];
    expect(judge({ vms, disks: old.disks }, claim(swapped)).membership.boot).toBe('boot');
  });
});

describe('which disk boots is remembered', () => {
  const swapped = claim({ disks: [diskSpec('data'), diskSpec('boot')] });
  it.each<[string, Parts]>([
    ['on the disks', machine()],
    ['on the snapshots', { snapshots: set() }],
    [
      'on the snapshots, for a boot disk that is lost',
      { ...machine([{ ...data, lastWritable: used }]), snapshots: set() },
    ],
  ])('%s', (_, parts) => {
    const { membership, drift, state } = judge(parts, swapped);
    expect(membership.boot).toBe('boot');
    expect(membership.members[0]?.role).toBe('boot');
    if (state !== 'INCONSISTENT') expect(drift.map(({ kind }) => kind)).toEqual(['boot-order']);
  });
});

describe('what is somebody else’s', () => {
  const foreign = { owner: 'ffffffff' };
  it.each<[string, Parts]>([
    [
      'assets of another configuration',
      machine(
        [boot, data].map((held) => ({ ...held, labels: { ...held.labels, ...foreign } })),
        { labels: { workstation: 'dev', ...foreign } },
      ),
    ],
    [
      'assets of another workstation',
      { snapshots: set().map((taken) => ({ ...taken, labels: { ...taken.labels, workstation: 'other' } })) },
    ],
    ['an unlabelled disk of a name that is not ours', { disks: [{ ...bare(boot), name: 'boot' }] }],
  ])('%s count for nothing', (_, parts) => {
    expect(judge(parts).state).toBe('NOT_EXIST');
  });

  it('is not told from ours where either side has no id', () => {
    const unowned = machine([boot, data].map((held) => ({ ...held, labels: without(held.labels, 'owner') })));
    expect(judge(unowned).state).toBe('OFF');
    const by: Claim = without(claim(), 'owner');
    expect(infer(inventoryOf(fleet(machine()), by), by).state).toBe('OFF');
    expect(OWNER).toBe(claim().owner);
  });
});

describe('drift', () => {
  const of = (change: Partial<Workstation>, parts: Parts = machine()): [DriftKind, string, string][] =>
    judge(parts, claim(change)).drift.map(({ kind, sentence, mend }) => [kind, sentence, mend]);
  const cycle = 'chews dessicate dev, then chews rehydrate dev';
  const disks = (...changes: Partial<Disk>[]): Partial<Workstation> => ({
    disks: [diskSpec('boot', changes[0]), diskSpec('data', changes[1])],
  });

  test.each<[string, Partial<Workstation>, Parts, [DriftKind, string, string][]]>([
    ['none', {}, machine(), []],
    ['none in any of the locations', { locations: ['south', 'north'] }, machine(), []],
    [
      'size',
      { size: { cpus: 4, memoryBytes: 4 * GB } },
      machine(),
      [['size', 'its size is 2 cpu, 4GB, the file wants 4 cpu, 4GB', 'chews resize dev']],
    ],
    [
      'memory alone',
      { size: { cpus: 2, memoryBytes: 8 * GB } },
      machine(),
      [['size', 'its size is 2 cpu, 4GB, the file wants 2 cpu, 8GB', 'chews resize dev']],
    ],
    [
      'another kind of size',
      { size: { machineType: 'large' } },
      machine(),
      [['size', 'its size is 2 cpu, 4GB, the file wants large', 'chews resize dev']],
    ],
    [
      'location',
      { locations: ['south', 'east'] },
      machine(),
      [['location', 'it lives in north, the file wants south or east', cycle]],
    ],
    [
      'a type',
      disks({}, { type: 'fast' }),
      machine(),
      [['disk-type', 'disk data is of type standard, the file wants fast', cycle]],
    ],
    [
      'a larger disk',
      disks({}, { sizeBytes: 20 * GB }),
      machine(),
      [['disk-grown', 'disk data has 10GB, the file wants 20GB', 'chews apply dev']],
    ],
    [
      'a larger disk, DESSICATED',
      disks({}, { sizeBytes: 20 * GB }),
      { snapshots: set() },
      [['disk-grown', 'disk data has 10GB, the file wants 20GB', 'chews rehydrate dev']],
    ],
    [
      'a smaller disk',
      disks({}, { sizeBytes: 5 * GB }),
      machine(),
      [
        [
          'disk-shrunk',
          'disk data has 10GB, the file wants 5GB, and a disk cannot shrink',
          'write size: 10GB for data in the file',
        ],
      ],
    ],
    [
      'a new disk',
      { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] },
      machine(),
      [['disk-new', 'disk more is in the file and not made yet', 'chews apply dev']],
    ],
    [
      'a new disk, DESSICATED',
      { disks: [diskSpec('boot'), diskSpec('data'), diskSpec('more')] },
      { snapshots: set() },
      [
        [
          'disk-new',
          'disk more is in the file and not made yet',
          'chews rehydrate dev --off, then chews apply dev',
        ],
      ],
    ],
    [
      'a removed disk',
      { disks: [diskSpec('boot')] },
      machine(),
      [
        [
          'disk-removed',
          'disk data exists and is no longer in the file',
          'chews apply dev --remove-disk data',
        ],
      ],
    ],
    [
      'settings of its kind',
      { settings: { network: 'inner' } },
      machine(),
      [
        [
          'settings',
          'its VM was made with other settings than the file has',
          'chews dessicate dev, then chews rehydrate dev',
        ],
      ],
    ],
    [
      'another disk first',
      { disks: [diskSpec('data'), diskSpec('boot')] },
      machine(),
      [['boot-order', 'it boots from boot, the file lists data first', 'list boot first in the file']],
    ],
    [
      'a type, while it is ON',
      disks({}, { type: 'fast' }),
      machine([boot, data], running),
      [
        [
          'disk-type',
          'disk data is of type standard, the file wants fast',
          'chews dessicate dev --stop, then chews rehydrate dev',
        ],
      ],
    ],
    ['none while nothing exists', { size: { machineType: 'large' } }, {}, []],
  ])('%s', (_, change, parts, expected) => {
    expect(of(change, parts)).toEqual(expected);
  });
});

describe('a command that stopped the VM for its work', () => {
  const noted = machine([boot, data], { labels: { ...vm().labels, endOn: true } });
  it('is to end ON', () => {
    expect(judge(noted)).toMatchObject({ state: 'OFF', endOn: true, mend: 'recover dev' });
    expect(judge(machine())).toMatchObject({ endOn: false, mend: undefined });
  });
  it('is over once the VM runs', () => {
    const on = machine([boot, data], { ...running, labels: { ...vm().labels, endOn: true } });
    expect(judge(on)).toMatchObject({ state: 'ON', endOn: false, mend: undefined });
  });
});
