import { expect, it } from 'vitest';
import type { Fleet } from '../../src/core/assets.ts';
import type { CallOptions, Provider } from '../../src/core/provider.ts';
import { shareReads } from '../../src/engine/shareReads.ts';

const fleetAt = (readAtMs: number): Fleet => ({
  readAtMs,
  account: 'home',
  vms: [],
  disks: [],
  snapshots: [],
});

/** A provider whose reads end when the test says so. */
function slowProvider() {
  const reads: {
    readonly options: CallOptions;
    end: (fleet: Fleet) => void;
    fail: (error: Error) => void;
  }[] = [];
  const list = (options: CallOptions = {}) =>
    new Promise<Fleet>((end, fail) => {
      reads.push({ options, end, fail });
    });
  return { reads, provider: shareReads({ list } as Provider) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('those who ask at one moment share a read, and who asks during it gets the next one', async () => {
  const { reads, provider } = slowProvider();
  const early = [provider.list(), provider.list()];
  await settled();
  expect(reads).toHaveLength(1);
  const late = [provider.list(), provider.list()];
  await settled();
  expect(reads).toHaveLength(1);
  reads[0]?.end(fleetAt(1));
  expect(await Promise.all(early)).toEqual([fleetAt(1), fleetAt(1)]);
  await settled();
  expect(reads).toHaveLength(2);
  reads[1]?.end(fleetAt(2));
  expect(await Promise.all(late)).toEqual([fleetAt(2), fleetAt(2)]);
});

it('a read that fails fails for all who shared it, and for nobody else', async () => {
  const { reads, provider } = slowProvider();
  const both = [provider.list(), provider.list()];
  await settled();
  const next = provider.list();
  reads[0]?.fail(new Error('the line is down'));
  for (const read of both) await expect(read).rejects.toThrow('the line is down');
  await settled();
  reads[1]?.end(fleetAt(2));
  expect(await next).toEqual(fleetAt(2));
});

it('who gives up leaves the others their read, and the last one who does ends it', async () => {
  const { reads, provider } = slowProvider();
  const [one, other] = [new AbortController(), new AbortController()];
  const left = provider.list({ signal: one.signal });
  const stays = provider.list({ signal: other.signal });
  await settled();
  one.abort(new Error('interrupted'));
  await expect(left).rejects.toThrow('interrupted');
  expect(reads[0]?.options.signal?.aborted).toBe(false);
  other.abort(new Error('interrupted too'));
  await expect(stays).rejects.toThrow('interrupted too');
  expect(reads[0]?.options.signal?.aborted).toBe(true);
});

it('a read that all gave up before it began is nobody else’s', async () => {
  const { reads, provider } = slowProvider();
  const first = provider.list();
  await settled();
  const giving = new AbortController();
  const waiting = provider.list({ signal: giving.signal });
  giving.abort(new Error('interrupted'));
  await expect(waiting).rejects.toThrow('interrupted');
  const next = provider.list();
  reads[0]?.end(fleetAt(1));
  await first;
  await settled();
  expect(reads).toHaveLength(2);
  reads[1]?.end(fleetAt(2));
  expect(await next).toEqual(fleetAt(2));
});
