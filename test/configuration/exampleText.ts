import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChewsError } from '../../src/core/errors.ts';
import { type ReadConfiguration, readConfiguration } from '../../src/engine/configurationFile.ts';
import { fakeKind } from '../support/fakeKind.ts';

/** A file without mistakes, for tests to put one in. */
export const exampleText = `version: 1
id: 7f3c9a51
providers:
  here: { kind: local }
workstations:
  dev:
    provider: here
    location: default
    size: { cpus: 2, memory: 1GB }
    image: micro
    keep-snapshots: 3
    disks:
      boot: { size: 10GB, type: standard }
      data: { size: 20GB, type: fast }
`;

export const knownKinds = ['local', 'gcp', 'aws'];

/** The example with one text in place of another, each of which must be there. */
export function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the example has no ${from}`);
    return text.replace(from, () => to);
  }, exampleText);
}

/** Reads a text as if it were a file. */
export async function readText(text: string | Uint8Array): Promise<ReadConfiguration> {
  const folder = await mkdtemp(join(tmpdir(), 'chews-'));
  try {
    const path = join(folder, 'chews.yaml');
    await writeFile(path, text);
    return await readConfiguration(path, (kind) => Promise.resolve(fakeKind(kind)), knownKinds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The mistakes of a text, without the path before each; anything but a 'configuration' error is thrown on. */
export async function mistakesOf(text: string | Uint8Array): Promise<string[]> {
  try {
    await readText(text);
    return [];
  } catch (error) {
    if (!(error instanceof ChewsError) || error.code !== 'configuration') throw error;
    const [first = '', ...lines] = error.message.split('\n');
    if (lines.length === 0) return [first.replace(/ configuration .*chews\.yaml: /, ': ')];
    return lines.map((line) => line.replace(/^.*\/chews\.yaml:(?=\d)/, ''));
  }
}

/** A file of many workstations. */
export function fleetText(count: number, disks = 2): string {
  const lines = exampleText.split('\n').slice(0, 5);
  for (let index = 0; index < count; index++) {
    lines.push(`  dev-${index}:`, '    provider: here', '    location: default');
    lines.push('    size: { cpus: 2, memory: 1GB }', '    image: micro', '    disks:');
    for (let disk = 0; disk < disks; disk++) lines.push(`      d${disk}: { size: 10GB, type: standard }`);
  }
  return `${lines.join('\n')}\n`;
}
