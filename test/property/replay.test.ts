import { expect, it } from 'vitest';
import { adapterKinds, kinds, quirksOf } from './kinds.ts';
import { openLab, run } from './lab.ts';

async function life(kind: string) {
  const lab = openLab(quirksOf(kind), 2);
  await run(lab, { kind: 'create', off: false });
  await run(lab, { kind: 'dessicate', stop: true });
  await run(lab, { kind: 'rehydrate', off: false });
  return { story: lab.story, world: lab.datacenter.save() };
}

it.each([...kinds, ...adapterKinds.gcp, ...adapterKinds.aws].map(([kind]) => kind))(
  'the same plays the same again, to the millisecond: %s',
  async (kind) => {
    expect(await life(kind)).toEqual(await life(kind));
  },
);
