import type { Finding } from './finding.ts';
import { notMeasured } from './finding.ts';
import type { Stage } from './stage.ts';
import { startUp } from './startUp.ts';
import { countedCalls, manyWorkstations, oneWorkstation } from './status.ts';

export interface Goal {
  readonly name: string;
  readonly sentence: string;
  readonly measure: (stage: Stage, pairs: number) => Promise<readonly Finding[]>;
}

/** What chews is to cost, in the order in which it is told. */
export const goals: readonly Goal[] = [
  {
    name: 'P1',
    sentence: 'what needs nothing loads nothing',
    measure: startUp,
  },
  {
    name: 'P2',
    sentence: 'status of one workstation on EC2',
    measure: (stage, pairs) =>
      oneWorkstation(stage, pairs, 'aws', { mostTimesNode: 3.8, mostMib: 56, timesFaster: 7 }),
  },
  {
    name: 'P3',
    sentence: 'status of one workstation on Compute Engine',
    measure: (stage, pairs) =>
      oneWorkstation(stage, pairs, 'gcp', { mostTimesNode: 8, mostMib: 80, timesFaster: 4 }),
  },
  {
    name: 'P4',
    sentence: 'the number of calls does not grow with the fleet, up to a page of it',
    measure: countedCalls,
  },
  {
    name: 'P5',
    sentence: 'status of a thousand workstations',
    measure: manyWorkstations,
  },
  {
    name: 'P6',
    sentence: 'putting away and bringing back take no longer than the cloud itself, in simulated time',
    // Loaded only where it is asked for: a large process takes longer to start others.
    measure: async () => (await import('./simulated.ts')).simulated(),
  },
  {
    name: 'P7',
    sentence: 'local workstations against what QEMU takes alone',
    measure: async () => [
      notMeasured('dessicating real data, and booting', 'it needs real machines: `npm run quickstart`'),
    ],
  },
];
