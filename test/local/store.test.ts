import { access, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders, tidyLeftovers } from '../../providers/local/durable.ts';
import { thisProcess } from '../../providers/local/processIdentity.ts';
import {
  createDisk,
  createVm,
  deleteDisk,
  deleteVm,
  diskNamed,
  failureOf,
  mebibyte,
  openIn,
  refOf,
  snapshotDisk,
  snapshotNamed,
  startChild,
  testFolder,
  vmNamed,
} from './localContext.ts';

test('a root that does not exist is an empty fleet, and a list makes nothing', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  const first = await provider.list();
  expect([...first.vms, ...first.disks, ...first.snapshots]).toEqual([]);
  await expect(access(join(folder, 'root'))).rejects.toThrow('ENOENT');
  await provider.apply(createDisk('boot'));
  expect((await provider.list()).account).toBe(first.account);
  expect((await (await openIn(folder)).list()).account).toBe(first.account);
});

test('two roots are two accounts', async () => {
  const [left, right] = [await openIn(await testFolder()), await openIn(await testFolder())];
  await left.apply(createDisk('boot'));
  await right.apply(createDisk('boot'));
  expect((await left.list()).account).not.toBe((await right.list()).account);
});

test('a disk has all its labels from the first moment, and is never seen half made', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  const making = startChild(folder, {
    kind: 'churn',
    actions: [createDisk('one'), createDisk('two')],
    times: 8,
  });
  let looks = 0;
  let over = false;
  making.ended.then(() => {
    over = true;
  });
  await making.begun;
  while (!over) {
    for (const disk of (await provider.list()).disks) {
      expect(disk).toMatchObject({ status: 'ready', labels: { workstation: 'test', disk: disk.name } });
    }
    looks += 1;
  }
  expect(looks).toBeGreaterThan(5);
  expect(await making.ended).not.toContainEqual(expect.stringContaining('failed'));
});

test('the same creation twice is one, another one of the name is a conflict', async () => {
  const provider = await openIn(await testFolder());
  await provider.apply(createDisk('boot'));
  const disk = await diskNamed(provider, 'boot');
  await provider.apply(createDisk('boot'));
  expect((await diskNamed(provider, 'boot')).id).toBe(disk.id);
  const other = createDisk('boot', { labels: { workstation: 'other' } });
  expect((await failureOf(provider.apply(other))).code).toBe('conflict');
  await provider.apply(createVm('vm', [disk]));
  const vm = await vmNamed(provider, 'vm');
  await provider.apply(createVm('vm', [disk]));
  expect((await vmNamed(provider, 'vm')).id).toBe(vm.id);
  const larger = createVm('vm', [disk], { size: { cpus: 2, memoryBytes: 256 * mebibyte } });
  expect((await failureOf(provider.apply(larger))).code).toBe('conflict');
});

test('of two creations at once, equal ones both succeed with one disk; of unequal ones exactly one does', async () => {
  const folder = await testFolder();
  const providers = await Promise.all(Array.from({ length: 6 }, () => openIn(folder)));
  await Promise.all(providers.map((provider) => provider.apply(createDisk('equal'))));
  await diskNamed(await openIn(folder), 'equal');
  const outcomes = await Promise.allSettled(
    providers.map((provider, index) =>
      provider.apply(createDisk('unequal', { labels: { workstation: `w${index}` } })),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  expect(new Set(reasons)).toEqual(new Set(['conflict']));
  expect((await readdir(join(folder, 'root', 'home', 'disks'))).sort()).toEqual(['equal', 'unequal']);
});

test('two VMs that are made at once never both get one disk', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  for (let round = 0; round < 5; round += 1) {
    await provider.apply(createDisk(`disk${round}`));
    const disk = await diskNamed(provider, `disk${round}`);
    const others = await Promise.all([openIn(folder), openIn(folder)]);
    const outcomes = await Promise.allSettled(
      others.map((other, index) => other.apply(createVm(`vm${round}${index}`, [disk]))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await diskNamed(provider, disk.name)).attachedTo).toHaveLength(1);
  }
});

test(
  'kill -9 at any moment of a creation leaves whole disks or none, and the same call again succeeds',
  {
    timeout: 120_000,
  },
  async () => {
    const folder = await testFolder();
    const provider = await openIn(folder);
    const names = Array.from({ length: 30 }, (_, index) => `disk${index}`);
    let cut = 0;
    for (let round = 0; round < 12; round += 1) {
      const child = startChild(folder, { kind: 'apply', actions: names.map((name) => createDisk(name)) });
      await child.begun;
      await new Promise((resolve) => setTimeout(resolve, 7 + 19 * round));
      child.kill();
      const lines = await child.ended;
      const { disks } = await provider.list();
      expect(disks.every(({ status, labels }) => status === 'ready' && labels.workstation === 'test')).toBe(
        true,
      );
      // What was answered for was there for good.
      expect(disks.length).toBeGreaterThanOrEqual(lines.filter((line) => line === 'done').length);
      if (disks.length < names.length) cut += 1;
    }
    expect(cut).toBeGreaterThan(0);
    for (const name of names) await provider.apply(createDisk(name));
    expect((await readdir(join(folder, 'root', 'home', 'disks'))).sort()).toEqual([...names].sort());
  },
);

test(
  'kill -9 while a snapshot is taken leaves a whole one or none, and the same call again succeeds',
  {
    timeout: 120_000,
  },
  async () => {
    const folder = await testFolder();
    const provider = await openIn(folder);
    await provider.apply(createDisk('boot'));
    const disk = await diskNamed(provider, 'boot');
    const actions = Array.from({ length: 20 }, (_, index) => snapshotDisk(disk, `ss-${index}`));
    for (let round = 0; round < 8; round += 1) {
      const child = startChild(folder, { kind: 'apply', actions });
      await child.begun;
      await new Promise((resolve) => setTimeout(resolve, 11 + 37 * round));
      child.kill();
      await child.ended;
      const { snapshots } = await provider.list();
      expect(
        snapshots.every(
          ({ status, contentVersion }) => status === 'ready' && contentVersion === disk.contentVersion,
        ),
      ).toBe(true);
    }
    for (const action of actions) await provider.apply(action);
    expect(await readdir(join(folder, 'root', 'home', 'snapshots'))).toHaveLength(actions.length);
  },
);

test('deleting is by id: what is gone is done, another incarnation of the name stays', async () => {
  const provider = await openIn(await testFolder());
  await provider.apply(createDisk('boot'));
  const first = await diskNamed(provider, 'boot');
  await provider.apply(createVm('vm', [first]));
  const vm = await vmNamed(provider, 'vm');
  const refusal = await failureOf(provider.apply(deleteDisk(first)));
  expect(refusal.code).toBe('refused');
  expect(refusal.message).toContain('VM vm');
  await provider.apply(deleteVm(vm));
  await provider.apply(deleteVm(vm));
  await provider.apply(deleteDisk(first));
  await provider.apply(deleteDisk(first));
  expect((await provider.list()).disks).toEqual([]);
  await provider.apply(createDisk('boot'));
  const second = await diskNamed(provider, 'boot');
  await provider.apply(deleteDisk(first));
  expect((await diskNamed(provider, 'boot')).id).toBe(second.id);
  const stale = { kind: 'grow-disk', disk: refOf(first), sizeBytes: 128 * mebibyte } as const;
  expect((await failureOf(provider.apply(stale))).code).toBe('not-found');
});

test('a proof about another asset deletes nothing', async () => {
  const provider = await openIn(await testFolder());
  await provider.apply(createDisk('one'));
  await provider.apply(createDisk('two'));
  const [one, two] = [await diskNamed(provider, 'one'), await diskNamed(provider, 'two')];
  const swapped = { ...deleteDisk(one), disk: refOf(two) } as ReturnType<typeof deleteDisk>;
  expect((await failureOf(provider.apply(swapped))).code).toBe('refused');
  expect((await provider.list()).disks).toHaveLength(2);
});

test('labels are merged, taken away, and survive writers at once', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot'));
  const disk = await diskNamed(provider, 'boot');
  await provider.apply(snapshotDisk(disk, 'ss-boot'));
  const snapshot = await snapshotNamed(provider, 'ss-boot');
  const label = (labels: object) =>
    ({ kind: 'set-labels', assetKind: 'snapshot', asset: refOf(snapshot), labels }) as const;
  const others = await Promise.all(Array.from({ length: 4 }, () => openIn(folder)));
  const all = [{ clean: true }, { setIndex: 1 }, { setSize: 2 }, { set: undefined, owner: 'me' }];
  await Promise.all(all.map((labels, index) => others[index]?.apply(label(labels))));
  expect((await snapshotNamed(provider, 'ss-boot')).labels).toEqual({
    clean: true,
    setIndex: 1,
    setSize: 2,
    owner: 'me',
  });
});

test('a lock whose process was killed does not block the next one', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot'));
  const disk = await diskNamed(provider, 'boot');
  const label = (owner: string) =>
    ({ kind: 'set-labels', assetKind: 'disk', asset: refOf(disk), labels: { owner } }) as const;
  const actions = Array.from({ length: 400 }, (_, index) => label(`owner${index}`));
  let locked = 0;
  for (let round = 0; round < 10; round += 1) {
    const child = startChild(folder, { kind: 'apply', actions });
    await child.begun;
    await new Promise((resolve) => setTimeout(resolve, 40));
    child.kill();
    await child.ended;
    locked += (await readdir(join(folder, 'root', 'home', 'disks', 'boot'))).filter((name) =>
      name.startsWith('.lock'),
    ).length;
    await provider.apply(label('last'));
    expect((await diskNamed(provider, 'boot')).labels.owner).toBe('last');
  }
  expect(locked).toBeGreaterThan(0);
  const left = await readdir(join(folder, 'root', 'home', 'disks', 'boot'));
  expect(left.sort()).toEqual(['asset.json', 'disk.qcow2']);
  expect(await readFile(join(folder, 'root', 'home', 'disks', 'boot', 'asset.json'), 'utf8')).toContain(
    '"last"',
  );
});

test('what cut-off runs left is removed by the next run that acts, wherever it lies', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot'));
  const home = join(folder, 'root', 'home');
  const places = [
    join(folder, 'root'),
    join(folder, 'root', 'locations'),
    home,
    ...['vms', 'disks', 'snapshots'].map((kind) => join(home, kind)),
  ];
  for (const place of places) {
    for (const purpose of ['new', 'gone']) {
      await mkdir(join(place, `.${purpose}-1-long.ago-abcdef`));
      await writeFile(join(place, `.${purpose}-1-long.ago-abcdef`, 'disk.qcow2'), 'much');
    }
  }
  const request = {
    ...{ workstation: 'test', token: 'token', user: 'me', host: 'here', hostId: 'host', pid: 1 },
    ...{ processStart: 'start', hostBoot: 'boot', command: 'up', durationMs: 60_000 },
  };
  await provider.leases.take(request, undefined);
  for (const place of places) {
    expect((await readdir(place)).filter((name) => /^\.(new|gone)-/.test(name))).toEqual([]);
  }
});

test('of several runs that make a location at once none leaves anything half-made', async () => {
  for (let round = 0; round < 5; round += 1) {
    const folder = await testFolder();
    const providers = await Promise.all(Array.from({ length: 6 }, () => openIn(folder)));
    await Promise.all(providers.map((provider, index) => provider.apply(createDisk(`disk${index}`))));
    expect((await readdir(join(folder, 'root'))).filter((name) => name.startsWith('.new-'))).toEqual([]);
  }
});

test('folders are made one by one, and one that cannot be made is an error at once', async () => {
  const folder = await testFolder();
  expect(await makeFolders(join(folder, 'a', 'b'))).toBe(join(folder, 'a'));
  expect(await makeFolders(join(folder, 'a', 'b'))).toBeUndefined();
  await expect(makeFolders('/proc/no/such/folder')).rejects.toMatchObject({ code: 'ENOENT' });
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolders(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
});

test('what a run that was killed had not yet found safe to remove is there all along, and goes back to its place', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  for (const name of ['boot', 'data']) await provider.apply(createDisk(name));
  const before = (await provider.list()).disks.find(({ name }) => name === 'data');
  const disks = join(folder, 'root', 'home', 'disks');
  const dead = '999999-1.2-0123456789abcdef';
  await rename(join(disks, 'data'), join(disks, `.leaving-${dead}`));
  await rename(join(disks, 'boot'), join(disks, `.gone-${dead}`));
  expect((await provider.list()).disks).toEqual([before]);
  expect(await readdir(disks)).toEqual([`.gone-${dead}`, `.leaving-${dead}`]);
  await tidyLeftovers(disks);
  expect((await provider.list()).disks).toEqual([before]);
  expect(await readdir(disks)).toEqual(['data']);
});

test('what a living run is about to remove is not there, and what cannot be read of a dead one’s stops everything', async () => {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('data'));
  const disks = join(folder, 'root', 'home', 'disks');
  const { start } = await thisProcess();
  const living = join(disks, `.leaving-${process.pid}-${start}-0123456789abcdef`);
  const dead = join(disks, '.leaving-999999-1.2-0123456789abcdef');
  await rename(join(disks, 'data'), living);
  expect((await provider.list()).disks).toEqual([]);
  await rename(living, dead);
  await writeFile(join(dead, 'asset.json'), 'torn');
  await expect(provider.list()).rejects.toMatchObject({ code: 'unreadable' });
});
