import { localProvider } from '../../providers/local/local.ts';
import type { Action } from '../../src/core/action.ts';
import { ChewsError } from '../../src/core/errors.ts';
import type { LeaseRequest } from '../../src/core/lease.ts';
import { contextOf } from './realContext.ts';

/** What a process of its own is to do with a store; it prints a line when it begins and one for each answer. */
export type ChildJob =
  | { readonly kind: 'list' }
  | { readonly kind: 'apply'; readonly actions: readonly Action[] }
  | { readonly kind: 'churn'; readonly actions: readonly Action[]; readonly times: number }
  | { readonly kind: 'lease'; readonly request: LeaseRequest; readonly rounds: number };

const [folder = '', root = '', text = ''] = process.argv.slice(2);
const job = JSON.parse(text) as ChildJob;
const provider = await localProvider.open({ root }, contextOf(folder));
console.log('begun');
switch (job.kind) {
  case 'list':
    await told(() => provider.list());
    break;
  case 'apply':
    for (const action of job.actions) await apply(action);
    break;
  case 'churn':
    for (let round = 0; round < job.times; round += 1) {
      for (const action of job.actions) await apply(action);
      const { disks } = await provider.list();
      for (const disk of disks.filter(({ name }) =>
        job.actions.some((action) => 'name' in action && action.name === name),
      )) {
        const proof = { assetId: disk.id, erase: false } as never;
        await apply({ kind: 'delete-disk', disk: { name: disk.name, id: disk.id }, proof });
      }
    }
    break;
  case 'lease':
    for (let round = 0; round < job.rounds; round += 1) {
      const outcome = await provider.leases.take(job.request, undefined);
      if ('heldBy' in outcome) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      console.log(`took ${outcome.taken.sinceMs} ${process.hrtime.bigint()}`);
      await new Promise((resolve) => setTimeout(resolve, 3));
      console.log(`gives ${process.hrtime.bigint()}`);
      await provider.leases.release(outcome.taken);
    }
}

function apply(action: Action): Promise<void> {
  return told(() => provider.apply(action));
}

async function told(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    console.log('done');
  } catch (error) {
    if (!(error instanceof ChewsError)) throw error;
    console.log(`failed ${error.code} ${error.message}`);
  }
}
