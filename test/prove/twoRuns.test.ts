import { playHundredth } from './hundredth.ts';
import { twoRuns } from './twoRuns.ts';

playHundredth(twoRuns, 500);
