import { playHundredth } from './hundredth.ts';
import { killed } from './killed.ts';
import { killedTwice } from './killedTwice.ts';
import { ownerBetween } from './ownerBetween.ts';

playHundredth(killed, 8_000);
playHundredth(killedTwice, 500);
playHundredth(ownerBetween, 500);
