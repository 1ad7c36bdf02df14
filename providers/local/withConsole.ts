import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmRecord } from './assetFile.ts';
import type { Found } from './assetFolders.ts';
import { codeOf } from './durable.ts';
import { vmFiles } from './qemu.ts';
import { parseConsoleHostKeys } from './sshKeys.ts';

/**
 * The VM's record with what its console tells: the host keys, which a guest writes when it is installed. From then on
 * no first-boot data goes along any more.
 */
export async function withConsole({ folder, record }: Found<'vm'>): Promise<VmRecord> {
  const hostKeys = await consoleKeys(folder);
  if (hostKeys.length === 0 || (!record.firstBoot && hostKeys.join() === record.hostKeys.join()))
    return record;
  return { ...record, hostKeys, firstBoot: false };
}

/** The host keys that the present boot wrote onto the console. */
export async function consoleKeys(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, vmFiles.console), 'latin1').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  return parseConsoleHostKeys(text);
}
