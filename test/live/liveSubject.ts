import type { Subject } from '../conformance/subject.ts';
import type { Account } from './account.ts';
import { liveContext } from './liveContext.ts';
import { NO_BYTES } from './liveLabel.ts';

/** What each cloud has of its own: how an owner lays hands on it, and what else its disks can be. */
type Own = 'otherDiskType' | 'diskBytes' | 'setDeletionFlag' | 'tearLease' | 'cleanup';

/** A subject of what the account's workstations are made of, in real time; nobody sees the bytes on its disks from here. */
export async function liveSubject(
  words: Account['words'],
  open: Subject['connect'],
  own: Pick<Subject, Own>,
): Promise<Subject> {
  const { location, size, otherSize, image, diskType } = words;
  const noBytes = () => Promise.reject(new Error(NO_BYTES));
  return {
    provider: await open(),
    connect: open,
    location,
    badLocation: 'no-such-place',
    size: { machineType: size },
    otherSize: { machineType: otherSize },
    image,
    bootSource: { from: 'image', image },
    diskType,
    writeContent: noBytes,
    readContent: noBytes,
    advance: async (milliseconds) => await liveContext().sleep(milliseconds),
    ...own,
  };
}
