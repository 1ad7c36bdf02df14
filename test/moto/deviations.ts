import type { Deviation } from '../conformance/subject.ts';

/** What moto cannot do, or does otherwise than EC2, as it was seen to. The next version may know better: then a test says so. */
export const deviations: readonly Deviation[] = [
  {
    test: 'disks > lists an empty world as empty',
    why: 'moto makes a snapshot for every image that it knows, and shows it although only snapshots of the account were asked for',
    failsWith:
      /"snapshots": \[\n\+\s+\{\n\+\s+"id": "snap-\w+",\n\+\s+"kind": "taken",\n\+\s+"labels": \{\},/,
  },
  {
    test: 'snapshots > brings the content back after the disk is gone',
    why: 'moto shows the snapshot of its image among those of the account; nor does it keep a byte of what is on a disk',
    failsWith: /\+\s+"labels": \{\},/,
  },
  {
    test: 'snapshots > keeps a snapshot as it is while its disk is written to',
    why: 'moto keeps no byte of what is on a disk',
    failsWith: /^moto keeps no bytes$/m,
  },
  {
    test: 'VMs > makes disks along with a VM, each as it was asked for',
    why: 'moto’s RegisterImage ignores the snapshot that it is given, so that a root disk comes back blank',
    failsWith: /-\s+"from": "snapshot",\n-\s+"snapshotId": "snap-\w+",\n\+\s+"from": "blank",/,
  },
  {
    test: 'VMs > starts and stops, and knows when its disks could last be written',
    why: 'moto leaves LaunchTime at the creation of a VM when it is started again',
    failsWith: /^the last start: expected \d+ to be greater than or equal to \d+/m,
  },
  {
    test: 'guards > makes one asset of two equal requests at once',
    why: 'moto ignores the ClientToken of CreateVolume: two equal requests make two volumes',
    failsWith: /to have a length of 1 but got 2/,
    mayPass: true,
  },
];
