import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodeOf } from '../../src/core/errors.ts';
import type { Goal } from '../../src/core/plan.ts';
import type { LaneOutcome } from '../../src/engine/runLane.ts';
import { type Lab, openLab, run, type RunOptions } from '../property/lab.ts';
import { gceWire } from '../support/datacenter/quirks.ts';
import { setDeletionFlag } from '../support/datacenter/vmCalls.ts';
import { gcpStage } from './gcpStage.ts';

interface Role {
  readonly title: string;
  readonly stage: string;
  readonly includedPermissions: readonly string[];
}

const role = parse(readFileSync(join(import.meta.dirname, '../../examples/gcp-role.yml'), 'utf8')) as Role;
/** It is granted on the one service account, not in the project. */
const actAs = 'iam.serviceAccounts.actAs';
/** What is lost without it ends no command: it has a test of its own. */
const hostKeys = 'compute.instances.getGuestAttributes';

/** Every key of a workstation that a permission stands behind. */
const settings = {
  network: 'default',
  subnetwork: 'default',
  address: 'desk',
  tags: ['ssh'],
  'service-account': 'default',
  accelerators: [{ type: 'nvidia-tesla-t4', count: 1 }],
  'deletion-protection': true,
};

function openWorkshop(): Lab {
  const lab = openLab({ ...gceWire, machineTypes: ['n1-standard-1', 'n1-standard-2'] }, 2);
  lab.workstation = { ...lab.workstation, image: 'home/desk-v3', settings };
  return lab;
}

interface Deed {
  readonly goal: Goal;
  readonly before?: (lab: Lab) => void;
  readonly options?: RunOptions;
}

function resize(lab: Lab): void {
  lab.workstation = { ...lab.workstation, size: { machineType: 'n1-standard-2' } };
}

function grow(lab: Lab): void {
  const [boot, ...others] = lab.workstation.disks;
  const larger = { ...boot, sizeBytes: boot.sizeBytes + 1024 ** 3 };
  lab.workstation = { ...lab.workstation, disks: [larger, ...others, { ...boot, name: 'more' }] };
}

function reduce(lab: Lab): void {
  const [boot, ...others] = lab.workstation.disks;
  lab.workstation = { ...lab.workstation, disks: [boot, ...others.filter(({ name }) => name !== 'more')] };
}

/** As whoever edits a VM in the console can leave it. */
function flag({ datacenter: { world } }: Lab): void {
  for (const vm of world.vms.values())
    for (const { diskId } of vm.attachments) setDeletionFlag(world, vm.account, vm.id, diskId);
}

/** All that can become of a workstation, with the troubles that make each kind of call necessary. */
const life: readonly Deed[] = [
  { goal: { kind: 'create', off: false } },
  { goal: { kind: 'down' } },
  { goal: { kind: 'resize', stop: false }, before: resize },
  { goal: { kind: 'up' } },
  { goal: { kind: 'apply', stop: true, removeDisks: [] }, before: grow },
  { goal: { kind: 'apply', stop: true, removeDisks: ['more'] }, before: reduce },
  { goal: { kind: 'dessicate', stop: true }, before: flag },
  { goal: { kind: 'rehydrate', off: false }, options: { killBefore: 'create-vm' } },
  { goal: { kind: 'recover' } },
  { goal: { kind: 'up' } },
  { goal: { kind: 'delete' } },
];

type Failed = Extract<LaneOutcome, { kind: 'failed' }>;

/** Until a command fails that was not killed; undefined where none does. */
async function live(lab: Lab): Promise<Failed | undefined> {
  for (const { goal, before, options } of life) {
    before?.(lab);
    const { result, killed } = await run(lab, goal, options);
    if (!killed && result.outcome.kind === 'failed') return result.outcome;
    lab.datacenter.advance(60_000);
  }
  return undefined;
}

const leastLife = role.includedPermissions.filter((permission) => permission !== hostKeys);

describe('the role of examples/gcp-role.yml', () => {
  it('has each permission once, and is one that gcloud takes', () => {
    expect(role).toEqual({
      title: 'chews',
      description: expect.any(String),
      stage: 'GA',
      includedPermissions: [...new Set(role.includedPermissions)],
    });
  });

  it('is enough for a whole life', async () => {
    const lab = openWorkshop();
    lab.datacenter.world.gce.knobs.granted = new Set([...role.includedPermissions, actAs]);
    expect(await live(lab), lab.story.join('\n')).toBeUndefined();
    expect(lab.story).toHaveLength(life.length);
    const { vms, disks, snapshots } = lab.datacenter.world;
    expect([vms.size, disks.size, snapshots.size]).toEqual([0, 0, 0]);
    expect(lab.harm).toEqual([]);
  });

  it.each([...leastLife, actAs])('has nothing that is not needed: without %s', async (missing) => {
    const lab = openWorkshop();
    const { knobs } = lab.datacenter.world.gce;
    const all = [...role.includedPermissions, actAs];
    knobs.granted = new Set(all.filter((permission) => permission !== missing));
    const outcome = await live(lab);
    const told = lab.story.join('\n');
    if (outcome === undefined || outcome.code === 'internal') throw new Error(`it ended otherwise: ${told}`);
    expect(exitCodeOf(outcome.code), told).toBe(4);
    expect(outcome.sentence).toContain(`the permission ${missing} is missing`);
    expect(outcome.sentence).not.toContain('\n');
    // Whatever it was cut off at, nothing is lost, and it can be ended once the permission is there.
    knobs.granted = new Set(all);
    const { result } = await run(lab, { kind: 'delete' });
    expect(['done', 'nothing'], told).toContain(result.outcome.kind);
    const { vms, disks, snapshots } = lab.datacenter.world;
    expect([vms.size, disks.size, snapshots.size], told).toEqual([0, 0, 0]);
    expect(lab.harm).toEqual([]);
  });

  it('is enough to take away the lease of a run that is no more', async () => {
    const stage = await gcpStage();
    stage.knobs.granted = new Set(role.includedPermissions);
    const { leases } = (await stage.open()).provider;
    const who = { user: 'ann', host: 'ares', hostId: 'ares-1', pid: 7, processStart: 's', hostBoot: 'b' };
    await leases.take(
      { ...who, workstation: 'test', token: 'run-1', command: 'up', durationMs: 60_000 },
      undefined,
    );
    const [held] = (await leases.list()).leases;
    expect(held && (await leases.clear(held))).toBe(true);
    expect((await leases.list()).leases).toEqual([]);
  });

  it('lets a guest be known by its keys', async () => {
    const stage = await gcpStage();
    const bench = stage.benchFor(await stage.open());
    await bench.apply(bench.createVm([await bench.makeDisk()]));
    const vm = await bench.vm('test');
    stage.knobs.guestAttributes.set(vm.id, { 'hostkeys/ssh-ed25519': 'AAAAC3NzaC1lZDI1NTE5AAAAIKey' });
    stage.knobs.granted = new Set(leastLife);
    expect(await bench.provider.guest(vm)).toMatchObject({ hostKeys: [] });
    stage.knobs.granted = new Set(role.includedPermissions);
    expect(await bench.provider.guest(vm)).toMatchObject({ hostKeys: [expect.any(String)] });
  });
});
