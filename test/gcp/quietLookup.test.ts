import { expect, it } from 'vitest';
import { quietLookup } from '../../providers/gcp/quietLookup.ts';

it('keeps one kind of warning back, while anybody looks, and no longer', async () => {
  const told: unknown[] = [];
  const emitWarning = process.emitWarning;
  const listen = (...warning: unknown[]) => void told.push(warning);
  process.emitWarning = listen;
  const odd = () => process.emitWarning('an odd answer', 'MetadataLookupWarning');
  try {
    let finish = () => {};
    const first = quietLookup(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const second = quietLookup(async () => {
      odd();
      process.emitWarning('something else', 'DeprecationWarning');
      throw new Error('there are none');
    });
    await expect(second).rejects.toThrow('there are none');
    odd();
    expect(told).toEqual([['something else', 'DeprecationWarning']]);
    finish();
    await first;
    expect(process.emitWarning).toBe(listen);
    odd();
    expect(told).toHaveLength(2);
  } finally {
    process.emitWarning = emitWarning;
  }
});
