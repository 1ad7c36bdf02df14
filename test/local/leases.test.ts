import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatRecord } from '../../providers/local/assetFile.ts';
import type { Lease, LeaseRequest } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/core/provider.ts';
import { failureOf, openIn, startChild, testFolder } from './localContext.ts';

function request(more: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    workstation: 'test',
    token: 'token',
    user: 'me',
    host: 'here',
    hostId: 'host',
    pid: 1,
    processStart: 'start',
    hostBoot: 'boot',
    command: 'up',
    durationMs: 60_000,
    ...more,
  };
}

async function taken(
  leases: LeaseStore,
  more: Partial<LeaseRequest> = {},
  replacing?: Lease,
): Promise<Lease> {
  const outcome = await leases.take(request(more), replacing);
  if ('heldBy' in outcome) throw new Error(`held by ${outcome.heldBy.user}`);
  return outcome.taken;
}

test('a lease is free, then held, then given back, and says who has it', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  expect((await leases.list()).leases).toEqual([]);
  const lease = await taken(leases);
  expect(lease).toMatchObject({ user: 'me', command: 'up', untilMs: lease.sinceMs + 60_000 });
  expect(await leases.take(request({ user: 'you' }), undefined)).toEqual({ heldBy: lease });
  expect((await leases.list()).leases).toEqual([lease]);
  await taken(leases, { workstation: 'other' });
  await leases.release(lease);
  await leases.release(lease);
  expect((await leases.list()).leases.map(({ workstation }) => workstation)).toEqual(['other']);
  expect((await taken(leases, { user: 'you' })).user).toBe('you');
});

test('renewing pushes the end on by as much as was asked for, however often', async () => {
  const { leases } = await openIn(await testFolder());
  let lease = await taken(leases);
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = Date.now();
    lease = await leases.renew(lease);
    expect(lease.untilMs).toBeGreaterThanOrEqual(before + 60_000);
    expect(lease.untilMs).toBeLessThanOrEqual(Date.now() + 60_000);
  }
  expect((await leases.list()).leases).toEqual([lease]);
});

test('a lease that was taken over is lost to its holder: neither renewed nor given back', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  const old = await taken(leases);
  const lease = await taken(leases, { user: 'you' }, old);
  expect((await failureOf(leases.renew(old))).code).toBe('busy');
  await leases.release(old);
  expect((await leases.list()).leases).toEqual([lease]);
  expect(await leases.take(request(), old)).toEqual({ heldBy: lease });
  expect(await readdir(join(folder, 'root', 'leases', 'test'))).toHaveLength(1);
});

test('numbers never begin anew: a paused holder of an old lease cannot come back', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  const numbers: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await leases.release(await taken(leases));
    const names = await readdir(join(folder, 'root', 'leases', 'test'));
    expect(names).toHaveLength(1);
    numbers.push(Number.parseInt(names[0] ?? '', 10));
  }
  expect(numbers).toEqual([2, 4, 6, 8]);
});

test('of many that take over one dead lease at once, one gets it', async () => {
  const folder = await testFolder();
  const stores = (await Promise.all(Array.from({ length: 8 }, () => openIn(folder)))).map(
    ({ leases }) => leases,
  );
  let lease = await taken(stores[0] as LeaseStore);
  for (let round = 0; round < 10; round += 1) {
    const outcomes = await Promise.all(
      stores.map((store, index) => store.take(request({ user: `u${index}` }), lease)),
    );
    const winners = outcomes.flatMap((outcome) => ('taken' in outcome ? [outcome.taken] : []));
    expect(winners).toHaveLength(1);
    lease = winners[0] as Lease;
  }
});

test(
  'processes that take and give back without pause never hold it together',
  {
    timeout: 60_000,
  },
  async () => {
    const folder = await testFolder();
    const children = Array.from({ length: 6 }, (_, index) =>
      startChild(folder, {
        kind: 'lease',
        request: request({ token: `t${index}`, user: `u${index}` }),
        rounds: 150,
      }),
    );
    const spans: { readonly from: bigint; readonly to: bigint }[] = [];
    for (const child of children) {
      const lines = await child.ended;
      const times = (word: string, field: number) =>
        lines.filter((line) => line.startsWith(word)).map((line) => BigInt(line.split(' ')[field] ?? ''));
      const ends = times('gives', 1);
      for (const [index, from] of times('took', 2).entries()) spans.push({ from, to: ends[index] ?? from });
    }
    // How often they get it depends on the machine: often enough to have got into each other's way.
    expect(spans.length).toBeGreaterThan(20);
    spans.sort((left, right) => (left.from < right.from ? -1 : 1));
    for (const [index, span] of spans.entries()) {
      const next = spans[index + 1];
      if (next !== undefined) expect(span.to <= next.from).toBe(true);
    }
  },
);

test('kill -9 while leases are taken and given back leaves one that can be read and taken over', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  for (let round = 0; round < 8; round += 1) {
    const child = startChild(folder, { kind: 'lease', request: request(), rounds: 1000 });
    await child.begun;
    await new Promise((resolve) => setTimeout(resolve, 15 + 9 * round));
    child.kill();
    await child.ended;
    const [left] = (await leases.list()).leases;
    await leases.release(await taken(leases, { user: 'next' }, left));
  }
  expect(await readdir(join(folder, 'root', 'leases', 'test'))).toHaveLength(1);
});

test('a lease that cannot be read is neither free nor held: an error names it', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  const lease = await taken(leases);
  const place = join(folder, 'root', 'leases', 'test');
  const [name = ''] = await readdir(place);
  const path = join(place, name);
  const text = await readFile(path, 'utf8');
  const odd = [{}, { free: 'no' }, { lease: null, durationMs: 1 }, { lease: { id: 'x' }, durationMs: 1 }];
  for (const torn of ['', text.slice(0, 50), text.replace('"me"', '"you"'), ...odd.map(formatRecord)]) {
    await writeFile(path, torn);
    expect(await leases.list()).toMatchObject({
      leases: [],
      unreadable: [{ workstation: 'test', why: expect.stringContaining(path) }],
    });
    const calls = [
      () => leases.take(request(), undefined),
      () => leases.take(request(), lease),
      () => leases.renew(lease),
    ];
    for (const call of calls) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ code: 'unreadable' });
      expect(error.message).toContain(path);
      expect(error.remedy).toContain('chews unlock test');
    }
  }
  await writeFile(path, text);
  await leases.release(lease);
});

test('a torn lease is taken away without its number ever being used again', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  const old = await taken(leases);
  const place = join(folder, 'root', 'leases', 'test');
  await writeFile(join(place, '000000000001.json'), '');
  const [shown] = (await leases.list()).unreadable;
  if (shown === undefined) throw new Error('it is not told');
  expect(await leases.clear(shown)).toBe(true);
  expect(await readdir(place)).toEqual(['000000000002.json']);
  const next = await taken(leases, { user: 'you' });
  expect(await readdir(place)).toEqual(['000000000003.json']);
  // The very text of the torn one under another number is another one.
  await writeFile(join(place, '000000000003.json'), '');
  expect(await leases.clear(shown)).toBe(false);
  expect((await failureOf(leases.renew(old))).code).toBe('unreadable');
  expect(await leases.clear(next)).toBe(false);
});

test('after the last number of twelve digits leases go on with more', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  await taken(leases);
  const place = join(folder, 'root', 'leases', 'test');
  await writeFile(join(place, '999999999999.json'), '');
  const [shown] = (await leases.list()).unreadable;
  if (shown === undefined) throw new Error('it is not told');
  expect(await leases.clear(shown)).toBe(true);
  const next = await taken(leases, { user: 'you' });
  expect((await leases.list()).leases).toEqual([next]);
  await leases.release(next);
  expect((await leases.list()).leases).toEqual([]);
});

test('a file in the place of a folder of leases is told, with what to do', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  await taken(leases);
  const place = join(folder, 'root', 'leases', 'other');
  await writeFile(place, 'mine');
  const error = await failureOf(leases.list({ workstation: 'other' }));
  expect(error).toMatchObject({ code: 'unreadable', remedy: 'Move it out of that folder.' });
  expect(error.message).toContain(place);
});

test('what chews did not make is not touched, and says where it lies', async () => {
  const folder = await testFolder();
  const { leases } = await openIn(folder);
  const lease = await taken(leases);
  const path = join(folder, 'root', 'leases', 'test', 'notes.txt');
  await writeFile(path, 'mine');
  for (const call of [() => leases.clear(lease), () => leases.list({ workstation: 'test' })]) {
    const error = await failureOf(call());
    expect(error).toMatchObject({ code: 'unreadable', remedy: 'Move it out of that folder.' });
    expect(error.message).toContain(path);
  }
  expect(await readFile(path, 'utf8')).toBe('mine');
  expect((await leases.list({ workstation: 'other' })).unreadable).toEqual([]);
});

test('of many that take one lease away while another takes over, no holding is lost unseen', async () => {
  const folder = await testFolder();
  const stores = (await Promise.all(Array.from({ length: 6 }, () => openIn(folder)))).map(
    ({ leases }) => leases,
  );
  for (let round = 0; round < 10; round += 1) {
    const [first, ...others] = stores as [LeaseStore, ...LeaseStore[]];
    const [left] = (await first.list()).leases;
    const shown = await taken(first, {}, left);
    const [outcome, ...cleared] = await Promise.all([
      first.take(request({ user: 'next' }), shown),
      ...others.map((store) => store.clear(shown)),
    ]);
    expect(cleared.filter(Boolean).length).toBeLessThanOrEqual(1);
    if ('taken' in outcome) expect((await first.list()).leases).toEqual([outcome.taken]);
  }
});

test('a name that would lead out of the folder is refused', async () => {
  const folder = await testFolder();
  await mkdir(join(folder, 'root'));
  const { leases } = await openIn(folder);
  for (const workstation of ['..', '../x', '.', '', 'a/b']) {
    expect((await failureOf(leases.take(request({ workstation }), undefined))).code).toBe('configuration');
  }
});
