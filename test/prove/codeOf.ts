import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Adapter } from '../property/kinds.ts';
import type { Row } from './row.ts';

/** What of the clouds' code there is: a line that is not played through an adapter does not change with it. */
const foldersOf: Readonly<Record<Adapter, readonly string[]>> = {
  gcp: ['providers/gcp/', 'test/support/gce/'],
  aws: ['providers/aws/', 'test/support/ec2/'],
};

/** All files that a line plays: those that it names, and what they import, one from the other. Paths as from `root`. */
export async function filesOf(
  root: string,
  { code, adapter }: Pick<Row, 'code' | 'adapter'>,
): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...code],
    outdir: 'nowhere',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const foreign = Object.entries(foldersOf).flatMap(([name, folders]) => (name === adapter ? [] : folders));
  return Object.keys(metafile.inputs)
    .filter((path) => !foreign.some((folder) => path.startsWith(folder)))
    .sort();
}

/** What is proven is proven of exactly these files. */
export async function digestOfCode(root: string, row: Pick<Row, 'code' | 'adapter'>): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await filesOf(root, row)) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex').slice(0, 12);
}
