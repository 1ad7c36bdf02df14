import { playHundredth } from './hundredth.ts';
import { randomHistories } from './randomHistories.ts';

playHundredth(randomHistories, 10_000);
