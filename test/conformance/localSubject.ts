import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { localProvider } from '../../providers/local/local.ts';
import type { Disk } from '../../src/core/assets.ts';
import { contentHash, imageOf } from '../local/images.ts';
import { mebibyte } from '../local/localContext.ts';
import { contextOf } from '../local/realContext.ts';
import type { Subject, SubjectKind } from './subject.ts';

const run = promisify(execFile);

async function makeProvider(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'chews-conformance-'));
  const open = () => localProvider.open({ root: join(folder, 'root'), accel: 'tcg' }, contextOf(folder));
  const provider = await open();
  return {
    provider,
    connect: open,
    location: 'home',
    badLocation: 'leases',
    size: { cpus: 1, memoryBytes: 256 * mebibyte },
    otherSize: { cpus: 2, memoryBytes: 192 * mebibyte },
    image: 'micro',
    bootSource: { from: 'image', image: 'micro' },
    diskType: 'standard',
    otherDiskType: 'fast',
    diskBytes: 128 * mebibyte,
    writeContent: async (disk: Disk) => {
      const { path, format } = imageOf(folder, disk);
      // Past the head, where the guest's own file system would be told from a blank disk.
      const at = 64 * mebibyte - 65_536 * randomInt(1, 100);
      await run('qemu-io', ['-f', format, '-c', `write -P ${randomInt(1, 255)} ${at} 4k`, path]);
    },
    readContent: (disk) => contentHash(folder, imageOf(folder, disk)),
    tearLease: async (workstation) => {
      const place = join(folder, 'root', 'leases', workstation);
      const [name = ''] = (await readdir(place)).toSorted().toReversed();
      await truncate(join(place, name), 40);
    },
    advance: (milliseconds) => delay(milliseconds),
    cleanup: async () => {
      const vms = await provider.list().then(
        (fleet) => fleet.vms,
        () => [],
      );
      for (const vm of vms) await provider.apply({ kind: 'stop-vm', vm: { name: vm.name, id: vm.id } });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Real files and machines; left out, with the reason in its name, where QEMU cannot be had. */
export function localSubject(whyNot: string | undefined): SubjectKind {
  return {
    name: 'local',
    makeProvider,
    bootsAreSlow: true,
    lastWritable: 'always',
    contentVersions: true,
    ...(whyNot === undefined ? {} : { whyNot }),
  };
}
