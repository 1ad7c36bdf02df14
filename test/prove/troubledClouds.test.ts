import { playHundredth } from './hundredth.ts';
import { laggingLists } from './laggingLists.ts';
import { throttlingStorm } from './throttlingStorm.ts';

playHundredth(laggingLists, 100);
playHundredth(throttlingStorm, 300);
