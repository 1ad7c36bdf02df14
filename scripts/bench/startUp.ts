import { type Finding, memoryFinding, ratioFinding } from './finding.ts';
import { peaksOf, runPairs } from './pairs.ts';
import type { Stage } from './stage.ts';

const MOST_RATIO = 1.35;
/** Above what the runtime takes that has nothing to do: that differs by five between its versions. */
const MOST_MIB = 5;

/** What is answered without loading anything. */
export async function startUp({ node, chews }: Stage, pairs: number): Promise<Finding[]> {
  const floor = peaksOf(node('-e', '0'), 5);
  return ['--version', '--help'].flatMap((word) => {
    const peaks = peaksOf(chews(word), 5);
    const above = {
      median: peaks.median - floor.median,
      least: peaks.least - floor.median,
      most: peaks.most - floor.median,
    };
    return [
      ratioFinding(word, runPairs(chews(word), node('-e', '0'), pairs), MOST_RATIO),
      memoryFinding(`${word}, peak memory above the runtime's own`, above, MOST_MIB),
    ];
  });
}
