import { playHundredth } from './hundredth.ts';
import { mutatedConfigurations } from './mutatedConfigurations.ts';
import { mutatedAnswers } from './mutatedAnswers.ts';

playHundredth(mutatedConfigurations, 10_000);
playHundredth(mutatedAnswers, 1000);
