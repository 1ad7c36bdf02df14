import { describeConformance } from '../conformance/conformance.ts';
import { accountOf } from './account.ts';
import { deviations } from './deviations.ts';

const account = accountOf(process.env);

describeConformance({
  name: `${account.cloud}, a real account`,
  makeProvider: async () => {
    const left = await account.left();
    if (left.length > 0) throw new Error(`the account is not empty: ${left.join(', ')}`);
    return await account.subject();
  },
  bootsAreSlow: true,
  limitMs: 15 * 60_000,
  lastWritable: account.cloud === 'aws' ? 'while-attached' : 'always',
  contentVersions: false,
  deviations,
});
