import type { Size } from '../../src/core/workstation.ts';
import { createDatacenter } from '../support/datacenter/datacenter.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import { setDeletionFlag } from '../support/datacenter/vmCalls.ts';
import { tearLease } from '../support/memoryLeases.ts';
import { memoryProvider } from '../support/memoryProvider.ts';
import type { SubjectKind } from './subject.ts';

/** The simulated datacenter as a provider under test: its own clock, and versions for content. */
export function memorySubject(name: string, quirks: Quirks): SubjectKind {
  const [small, large] = quirks.machineTypes ?? [];
  const size: Size = small === undefined ? { cpus: 1, memoryBytes: 1024 ** 3 } : { machineType: small };
  const otherSize: Size = large === undefined ? { cpus: 2, memoryBytes: 1024 ** 3 } : { machineType: large };
  const [diskType = '', otherDiskType = ''] = quirks.diskTypes;
  return {
    name,
    lastWritable: quirks.lastWritable === 'while-attached' ? 'while-attached' : 'always',
    contentVersions: quirks.contentVersions !== 'untold',
    makeProvider: async () => {
      const datacenter = createDatacenter({ quirks, seed: 1, startAtMs: Date.UTC(2026, 2, 1, 12) });
      // What others did shows in every list only when lists have caught up; the port promises no more.
      const showDeeds = () => datacenter.advance(quirks.listLagMs);
      const open = () => memoryProvider(datacenter.connect(), datacenter.context(), quirks);
      return {
        provider: open(),
        connect: async () => open(),
        location: 'north-a',
        badLocation: 'no-such-place',
        size,
        otherSize,
        image: 'debian-13',
        bootSource: { from: 'image', image: 'debian-13' },
        diskType,
        otherDiskType,
        diskBytes: quirks.smallestDiskBytes * 2,
        writeContent: async (disk) => {
          if (!datacenter.owner({ deed: 'write-disk', disk: disk.name })) throw new Error('cannot write');
          showDeeds();
        },
        readContent: async (disk) => String(datacenter.world.disks.get(disk.id)?.content),
        ...(quirks.hasDeletionFlags && {
          setDeletionFlag: async (vm, disk) => {
            setDeletionFlag(datacenter.world, datacenter.world.vms.get(vm.id)?.account ?? '', vm.id, disk.id);
            showDeeds();
          },
        }),
        tearLease: async (workstation) =>
          tearLease(datacenter.world, `${datacenter.world.accounts[0]}/${workstation}`),
        advance: async (milliseconds) => datacenter.advance(milliseconds),
        cleanup: async () => undefined,
      };
    },
  };
}
