import type { Capabilities, ProviderKind, SettingProblem } from '../../src/core/provider.ts';

const GB = 1024 ** 3;

export const fakeCapabilities: Capabilities = {
  longestName: 63,
  diskTypes: ['standard', 'fast'],
  smallestDiskBytes: GB,
  largestDiskBytes: 64 * 1024 * GB,
  grow: 'stopped',
  changeType: 'stopped',
  resize: 'stopped',
  attach: 'stopped',
  tellsOfLooseDisks: 'last-write',
  bootsLiveDisks: true,
  createsStopped: true,
};

/**
 * A kind that takes one setting, `folder`, a text; sizes in numbers only; the image `micro` only. It cannot be opened: it
 * is there to read files with.
 */
export function fakeKind(kind = 'local', capabilities: Partial<Capabilities> = {}): ProviderKind {
  return {
    kind,
    capabilities: { ...fakeCapabilities, ...capabilities },
    checkSettings(settings) {
      return Object.entries(settings).flatMap(([key, value]): SettingProblem[] => {
        if (key !== 'folder') return [{ path: [key], message: 'this setting is not known, expected folder' }];
        return typeof value === 'string' ? [] : [{ path: [key], message: 'expected the path of a folder' }];
      });
    },
    checkWorkstation(workstation) {
      const problems: SettingProblem[] = [];
      if ('machineType' in workstation.size)
        problems.push({ path: ['size', 'machineType'], message: 'expected cpus and memory' });
      if (workstation.image !== 'micro')
        problems.push({ path: ['image'], message: 'this image does not exist, expected micro' });
      workstation.disks.forEach((disk, index) => {
        if (disk.sizeBytes % (1024 * 1024) !== 0)
          problems.push({ path: ['disks', index, 'sizeBytes'], message: 'expected whole megabytes' });
      });
      return problems;
    },
    open: () => Promise.reject(new Error('the fake kind cannot be opened')),
  };
}
