import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownKinds, loadKind } from '../providers/index.ts';
import type { Fleet } from '../src/core/assets.ts';
import { inventoryOf } from '../src/core/inventory.ts';
import { nothingObserved } from '../src/core/observations.ts';
import { plan } from '../src/core/plan.ts';
import { infer } from '../src/core/state.ts';
import { readConfiguration } from '../src/engine/configurationFile.ts';
import { claimOf } from '../src/engine/session.ts';
import { starterText } from '../src/engine/starterFile.ts';

const folder = join(import.meta.dirname, '..', 'examples');
const nothing: Fleet = { readAtMs: 0, account: 'store', vms: [], disks: [], snapshots: [] };

/** Reads a file as the program does, and plans the creation of all that is in it. */
async function planAll(path: string): Promise<string[]> {
  const { configuration } = await readConfiguration(path, loadKind, knownKinds);
  const planned: string[] = [];
  for (const workstation of configuration.workstations) {
    const spec = configuration.providers.find(({ name }) => name === workstation.provider);
    const kind = await loadKind(spec?.kind ?? '');
    if (kind === undefined) throw new Error(`there is no kind ${spec?.kind}`);
    const claim = claimOf(configuration, workstation, nothing.account);
    const inventory = inventoryOf(nothing, claim);
    const decision = plan({
      goal: { kind: 'create', off: false },
      claim,
      inventory,
      situation: infer(inventory, claim),
      seen: nothingObserved,
      capabilities: kind.capabilities,
      nowMs: 0,
      elsewhere: [],
    });
    expect(decision.kind).toBe('plan');
    planned.push(workstation.name);
  }
  return planned;
}

describe('the examples', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  it('are there', () => expect(files).toContain('local.yaml'));

  it.each(files)('%s can be read and planned', async (name) => {
    expect((await planAll(join(folder, name))).length).toBeGreaterThan(0);
  });

  it('and so can the file that init writes', async () => {
    const own = await mkdtemp(join(tmpdir(), 'chews-example-'));
    try {
      await writeFile(join(own, 'chews.yaml'), starterText({ id: '7f3c9a51' }));
      expect(await planAll(join(own, 'chews.yaml'))).toEqual(['dev']);
    } finally {
      await rm(own, { recursive: true });
    }
  });
});
