import { execFile } from 'node:child_process';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { Provider } from '../../src/core/provider.ts';
import {
  createDisk,
  createVm,
  deleteDisk,
  deleteVm,
  diskNamed,
  failureOf,
  openIn,
  refOf,
  snapshotDisk,
  startChild,
  testFolder,
  vmNamed,
} from './localContext.ts';

const run = promisify(execFile);

/** A stopped VM whose guest never comes up: its disk is empty. What QEMU does is all that counts here. */
async function emptyVm() {
  const folder = await testFolder();
  const provider = await openIn(folder);
  await provider.apply(createDisk('boot'));
  const disk = await diskNamed(provider, 'boot');
  await provider.apply(createVm('vm', [disk], { image: './empty.img', firstBoot: false }));
  const vm = await vmNamed(provider, 'vm');
  const place = join(folder, 'root', 'home', 'vms', 'vm');
  onTestFinished(() => killQemu(place));
  return { folder, provider, disk, vm, place, start: { kind: 'start-vm', vm: refOf(vm) } as const };
}

/** Pulls the plug of what runs in a folder, by the process id that its command line vouches for. */
async function killQemu(place: string): Promise<void> {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  for (const line of stdout.split('\n')) {
    if (line.includes(`-pidfile ${join(place, 'qemu.pid')}`))
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
  }
}

async function until(provider: Provider, status: string): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if ((await vmNamed(provider, 'vm')).status === status) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the VM does not become ${status}`);
}

test(
  'kill -9 of chews at any moment of a start: the disks count as written to, and the same call again succeeds',
  {
    timeout: 120_000,
  },
  async () => {
    const { folder, provider, place, start, disk } = await emptyVm();
    const versions = new Set([disk.contentVersion]);
    let begun = 0;
    for (let round = 0; round < 7; round += 1) {
      const child = startChild(folder, { kind: 'apply', actions: [start] });
      await child.begun;
      // The last one gets all the time that it needs: chews is gone, and the VM runs.
      if (round < 6) {
        await new Promise((resolve) => setTimeout(resolve, 90 * round));
        child.kill();
      }
      await child.ended;
      const { status } = await vmNamed(provider, 'vm');
      const after = await diskNamed(provider, 'boot');
      if (status !== 'stopped') {
        begun += 1;
        expect(after.lastWritable).toEqual({ kind: 'now' });
        expect(versions.has(after.contentVersion)).toBe(false);
      }
      await provider.apply(start);
      expect((await vmNamed(provider, 'vm')).status).toBe('running');
      const running = await diskNamed(provider, 'boot');
      expect(versions.has(running.contentVersion)).toBe(false);
      versions.add(running.contentVersion);
      await killQemu(place);
      await until(provider, 'stopped');
    }
    expect(begun).toBeGreaterThan(0);
  },
);

test('two starts at once are one', async () => {
  const { folder, provider, start, place } = await emptyVm();
  const others = await Promise.all([openIn(folder), openIn(folder), openIn(folder)]);
  await Promise.all(others.map((other) => other.apply(start)));
  const { stdout } = await run('ps', ['-eo', 'args']);
  expect(stdout.split('\n').filter((line) => line.includes(join(place, 'qemu.pid')))).toHaveLength(1);
  expect((await vmNamed(provider, 'vm')).status).toBe('running');
});

test('a VM keeps its port from start to start; two VMs have two', async () => {
  const { provider, start, place, vm } = await emptyVm();
  await provider.apply(start);
  const first = await provider.guest(vm);
  await killQemu(place);
  await until(provider, 'stopped');
  await provider.apply(createDisk('other'));
  const other = await diskNamed(provider, 'other');
  await provider.apply(createVm('second', [other], { image: './empty.img', firstBoot: false }));
  const second = await vmNamed(provider, 'second');
  const place2 = join(place, '..', 'second');
  onTestFinished(() => killQemu(place2));
  await provider.apply({ kind: 'start-vm', vm: refOf(second) });
  const access = await provider.guest(second);
  expect(access?.port).not.toBe(first?.port);
  expect(access).toMatchObject({ host: '127.0.0.1', user: 'root', hostKeys: [] });
  expect(await provider.guest(vm)).toBeUndefined();
  await provider.apply(start);
  expect((await provider.guest(vm))?.port).toBe(first?.port);
});

test('a VM whose folder was removed under its QEMU still holds its disk', async () => {
  const { provider, start, place, disk } = await emptyVm();
  await provider.apply(start);
  await rm(place, { recursive: true });
  const orphan = await diskNamed(provider, 'boot');
  expect(orphan).toMatchObject({ attachedTo: [], lastWritable: { kind: 'now' } });
  expect((await failureOf(provider.apply(deleteDisk(disk)))).code).toBe('busy');
  expect((await failureOf(provider.apply(snapshotDisk(disk, 'ss')))).code).toBe('busy');
  await provider.apply(createVm('twin', [disk], { image: './empty.img', firstBoot: false }));
  const twin = await vmNamed(provider, 'twin');
  expect(twin.status).toBe('unknown');
  expect(twin.statusText).toMatch(/process (\d+) \(qemu-system.* its disk boot\b.* kill \1$/);
  expect((await failureOf(provider.apply({ kind: 'start-vm', vm: refOf(twin) }))).code).toBe('busy');
});

test('a guest that ends by itself is an error that names its console', async () => {
  const { provider, start, place, vm } = await emptyVm();
  await provider.apply(start);
  const waiting = failureOf(provider.apply({ kind: 'await-guest', vm: refOf(vm) }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await killQemu(place);
  const error = await waiting;
  expect(error.code).toBe('timeout');
  expect(error.remedy).toContain(join(place, 'console.log'));
});

test('waiting for a guest ends when it is told to', async () => {
  const { provider, start, vm } = await emptyVm();
  await provider.apply(start);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  const error = await failureOf(
    provider.apply({ kind: 'await-guest', vm: refOf(vm) }, { signal: controller.signal }),
  );
  expect(error.code).toBe('interrupted');
  expect((await vmNamed(provider, 'vm')).status).toBe('running');
});

test('a start with an unusable disk or memory is refused before anything is written', async () => {
  const { provider, start, place, disk } = await emptyVm();
  await rm(join(place, '..', '..', 'disks', 'boot', 'disk.qcow2'));
  expect((await failureOf(provider.apply(start))).message).toContain('is gone');
  const record = await readFile(join(place, '..', '..', 'disks', 'boot', 'asset.json'), 'utf8');
  expect(JSON.parse(record).content).toMatchObject({ id: disk.id, generation: 0 });
});

test('a QEMU that was stopped from outside is told of as that, with what lets it go on', async () => {
  const { provider, start, place } = await emptyVm();
  await provider.apply(start);
  const pid = Number(await readFile(join(place, 'qemu.pid'), 'utf8'));
  process.kill(pid, 'SIGSTOP');
  const { status, statusText } = await vmNamed(provider, 'vm');
  process.kill(pid, 'SIGCONT');
  expect(status).toBe('unknown');
  expect(statusText).toContain(`process ${pid} was stopped from outside: kill -CONT ${pid} lets it go on`);
  await until(provider, 'running');
});

/** Its age is what tells a machine whose monitor is gone from one that has none yet. */
async function untilDeaf(provider: Provider): Promise<void> {
  for (let look = 0; look < 100; look += 1) {
    if ((await vmNamed(provider, 'vm')).statusText.includes('monitor is gone')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the VM is ${(await vmNamed(provider, 'vm')).statusText}`);
}

test(
  'a VM whose monitor was removed under its QEMU is running, and can be stopped',
  {
    timeout: 60_000,
  },
  async () => {
    const { provider, start, place, vm, disk } = await emptyVm();
    await provider.apply(start);
    for (const file of ['qemu.pid', 'qmp0.sock', 'qmp1.sock']) await rm(join(place, file));
    await untilDeaf(provider);
    const deaf = await vmNamed(provider, 'vm');
    expect(deaf.status).toBe('running');
    expect(deaf.trouble).toContain('chews down');
    expect((await failureOf(provider.apply(deleteVm(vm)))).code).toBe('refused');
    expect((await failureOf(provider.apply(snapshotDisk(disk, 'ss')))).code).toBe('refused');
    const warnings: string[] = [];
    await provider.apply({ kind: 'stop-vm', vm: refOf(vm) }, { warn: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([expect.stringContaining('plug was pulled')]);
    expect((await vmNamed(provider, 'vm')).status).toBe('stopped');
    await provider.apply(snapshotDisk(disk, 'ss'));
  },
);

test(
  'a VM whose folder was moved away while it ran is not off, nor is the new one in its place',
  {
    timeout: 60_000,
  },
  async () => {
    const { folder, provider, start, place, disk } = await emptyVm();
    await provider.apply(start);
    await rename(place, join(folder, 'aside'));
    await provider.apply(createVm('vm', [disk], { image: './empty.img', firstBoot: false }));
    await untilDeaf(provider);
    const now = await vmNamed(provider, 'vm');
    expect(now.status).toBe('running');
    const error = await failureOf(provider.apply({ kind: 'start-vm', vm: refOf(now) }));
    expect(error.message).toMatch(
      /^cannot start VM vm: it is running as process \d+, but its monitor is gone$/,
    );
    expect(error).toMatchObject({ code: 'failed', effect: 'none' });
    await provider.apply({ kind: 'stop-vm', vm: refOf(now) });
    expect(await vmNamed(provider, 'vm')).toMatchObject({ status: 'stopped', statusText: 'stopped' });
  },
);
