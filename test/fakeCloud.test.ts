import { expect, it, vi } from 'vitest';
import { cloudStage } from './cli/cloudStage.ts';
import type { FakeKind } from './support/fakePlaces.ts';

/** The sizes that `npm run fake-cloud` says it has, beside those that every other test makes its VMs of. */
const sizes: readonly (readonly [FakeKind, string])[] = [
  ['gcp', 'e2-standard-4'],
  ['aws', 'm7i.large'],
];

it.each(sizes)('a fake of %s makes a VM of size %s', async (kind, size) => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'fake');
  vi.stubEnv('AWS_PROFILE', undefined);
  await using stage = await cloudStage(kind);
  stage.write({}, { size });
  const { code, said } = await stage.chews('create dev');
  expect(code, said).toBe(0);
});
