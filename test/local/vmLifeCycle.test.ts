import { execFile } from 'node:child_process';
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
  mebibyte,
  openIn,
  refOf,
  snapshotDisk,
  snapshotNamed,
  testFolder,
  vmNamed,
} from './localContext.ts';

const run = promisify(execFile);

async function inGuest(provider: Provider, folder: string, command: string): Promise<string> {
  const access = await provider.guest(await vmNamed(provider, 'test'));
  if (access === undefined) throw new Error('the guest has no address');
  const words = [
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    `UserKnownHostsFile=${join(folder, 'known')}`,
  ];
  const identity = access.identityFile === undefined ? [] : ['-i', access.identityFile];
  const to = ['-p', String(access.port), `${access.user}@${access.host}`, command];
  return (await run('ssh', [...words, ...identity, ...to], { timeout: 60_000 })).stdout;
}

test(
  'a VM lives through create, start, stop, snapshot, delete and restore with its data',
  {
    timeout: 240_000,
  },
  async () => {
    const folder = await testFolder();
    const provider = await openIn(folder);
    const warnings: string[] = [];
    const warn = (sentence: string) => warnings.push(sentence);
    onTestFinished(async () => {
      const vms = await provider.list().then(
        ({ vms }) => vms,
        () => [],
      );
      for (const vm of vms) await provider.apply({ kind: 'stop-vm', vm: refOf(vm) });
    });

    await provider.apply(
      createDisk('test-boot', { source: { from: 'image', image: 'micro' }, sizeBytes: 128 * mebibyte }),
    );
    await provider.apply(createDisk('test-data', { type: 'fast' }));
    const boot = await diskNamed(provider, 'test-boot');
    const data = await diskNamed(provider, 'test-data');
    await provider.apply(createVm('test', [boot, data]));
    const vm = await vmNamed(provider, 'test');
    expect(vm.status).toBe('stopped');

    await provider.apply({ kind: 'start-vm', vm: refOf(vm) });
    await provider.apply({ kind: 'start-vm', vm: refOf(vm) });
    expect((await vmNamed(provider, 'test')).status).toBe('running');
    expect((await diskNamed(provider, 'test-data')).lastWritable).toEqual({ kind: 'now' });
    expect((await failureOf(provider.apply(deleteVm(vm)))).code).toBe('refused');
    expect((await failureOf(provider.apply(deleteDisk(data)))).code).toBe('refused');
    expect((await failureOf(provider.apply(snapshotDisk(boot, 'ss-early')))).code).toBe('refused');
    expect(
      (await failureOf(provider.apply({ kind: 'grow-disk', disk: refOf(boot), sizeBytes: 256 * mebibyte })))
        .code,
    ).toBe('refused');
    await provider.apply({ kind: 'await-guest', vm: refOf(vm) }, { warn });
    expect(warnings).toEqual([]);
    expect((await provider.guest(vm))?.hostKeys).toHaveLength(1);
    await inGuest(provider, folder, 'echo remembered > ~/note && sync');

    await provider.apply({ kind: 'stop-vm', vm: refOf(vm) }, { warn });
    expect(warnings).toEqual([]);
    const stopped = await vmNamed(provider, 'test');
    expect(stopped.status).toBe('stopped');
    expect(stopped.lastStoppedAtMs).toBeGreaterThan(stopped.lastStartedAtMs ?? Number.NaN);
    const written = await diskNamed(provider, 'test-boot');
    expect(written.contentVersion).not.toBe(boot.contentVersion);
    expect(written.lastWritable.kind).toBe('at');
    const fractions: number[] = [];
    await provider.apply(snapshotDisk(written, 'ss-boot'), {
      progress: (fraction) => fractions.push(fraction),
    });
    expect(fractions.at(-1)).toBe(1);
    const snapshot = await snapshotNamed(provider, 'ss-boot');
    expect(snapshot).toMatchObject({
      contentVersion: written.contentVersion,
      sourceDiskId: boot.id,
      status: 'ready',
    });

    await provider.apply(deleteVm(vm));
    await provider.apply(deleteDisk(boot));
    const size = { cpus: 2, memoryBytes: 300 * mebibyte };
    const source = { from: 'snapshot', snapshotId: snapshot.id } as const;
    await provider.apply(createDisk('test-boot', { source, sizeBytes: 192 * mebibyte }));
    const restored = await diskNamed(provider, 'test-boot');
    expect(restored).toMatchObject({ sizeBytes: 192 * mebibyte, lastWritable: { kind: 'never' } });
    await provider.apply(createVm('test', [restored, data], { size, firstBoot: false }));
    const again = await vmNamed(provider, 'test');
    expect(again.id).not.toBe(vm.id);
    await provider.apply({ kind: 'start-vm', vm: refOf(again) });
    await provider.apply({ kind: 'await-guest', vm: refOf(again) }, { warn });
    expect(await inGuest(provider, folder, 'cat ~/note; nproc')).toBe('remembered\n2\n');
    await provider.apply({ kind: 'stop-vm', vm: refOf(again) }, { warn });
    expect(warnings).toEqual([]);
  },
);
