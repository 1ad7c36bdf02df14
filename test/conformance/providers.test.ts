import { ec2Like, gceLike, gceWire, localLike, plain } from '../support/datacenter/quirks.ts';
import { awsSubject } from './awsSubject.ts';
import { describeConformance } from './conformance.ts';
import { gcpSubject } from './gcpSubject.ts';
import { localSubject } from './localSubject.ts';
import { memorySubject } from './memorySubject.ts';

describeConformance(memorySubject('memory', plain));
describeConformance(memorySubject('memory, like Compute Engine', gceLike));
describeConformance(memorySubject('memory, like EC2', ec2Like));
describeConformance(memorySubject('memory, like a hypervisor', localLike));

const durations = { createDiskMs: 2500, snapshotMs: 60_000, startMs: 9000, stopMs: 30_000 };
describeConformance(memorySubject('memory, in no hurry', { ...gceLike, durations }));

describeConformance(memorySubject('memory, where lists lag', { ...plain, listLagMs: 30_000 }));
describeConformance(memorySubject('memory, like EC2 where lists lag', { ...ec2Like, listLagMs: 5000 }));
describeConformance(memorySubject('memory, in pages', { ...gceLike, pageSize: 1 }));

describeConformance(gcpSubject('gcp', gceWire));
describeConformance(gcpSubject('gcp, in no hurry, in pages', { ...gceWire, durations, pageSize: 1 }));
describeConformance(awsSubject('aws', {}));
describeConformance(awsSubject('aws, in no hurry, in pages', { durations, pageSize: 1 }));
describeConformance(awsSubject('aws, where lists lag', { listLagMs: 5000 }));
describeConformance(awsSubject('aws, over a socket', {}, 'socket'));

describeConformance(localSubject(process.env['CHEWS_TEST_WITHOUT_VMS']));
