import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ChewsError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';

/** The id of a new configuration: 8 hexadecimal digits. `randomBytes` gives as many random bytes as it is asked for. */
export function drawConfigurationId(randomBytes: (count: number) => Uint8Array): string {
  return Array.from(randomBytes(4), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The file that `chews init` writes: one workstation on this computer, and what every key means. */
export function starterText({ id }: { readonly id: string }): string {
  return `# Your workstations. chews keeps no database: it knows what is in this file, and asks the
# providers what exists. Keep it under version control if you like; nothing in it is secret.
version: 1

# Drawn by chews init. It is written onto everything that chews makes, so that two people
# in one account never take each other's disks for their own. Do not change it.
id: "${id}"

# Where workstations live, under names that you choose.
# Credentials are never written here: they come from the provider's own tools.
providers:
  here:
    kind: local                 # virtual machines on this computer

workstations:
  # Its name: small letters, digits and dashes.
  dev:
    provider: here              # one of the names above
    location: default           # a list is taken in its order: [near, far]
    size: { cpus: 2, memory: 1GB }
    image: micro                # a minimal guest, made once; or the path of a cloud image

    # How many whole sets of snapshots you mean to keep. More are pointed out, never deleted.
    keep-snapshots: 3

    # Who logs in, and with which public key, where the image does not know one.
    # ssh-user: me
    # ssh-key: ~/.ssh/id_ed25519.pub

    # The first disk boots. They can grow later, and never shrink. type: standard takes what is
    # written; type: fast takes its whole size from the start.
    disks:
      boot: { size: 10GB, type: standard }
      data: { size: 20GB, type: standard }

  # A second one:
  # spare:
  #   provider: here
  #   location: default
  #   size: { cpus: 1, memory: 512MB }
  #   image: micro
  #   disks:
  #     boot: { size: 10GB }
`;
}

/**
 * Writes the starter file and never over anything: a file of that name is a 'configuration' error. When it resolves, the
 * file is on the disk.
 */
export async function writeStarter(path: string, text: string): Promise<void> {
  const absolute = resolve(path);
  const name = printable(absolute);
  try {
    const file = await open(absolute, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(dirname(absolute));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | null)?.code;
    throw new ChewsError('configuration', `cannot write configuration ${name}: ${reason(code, error)}`, {
      ...(code === 'EEXIST' ? { remedy: 'edit that file, or write another with --config PATH' } : {}),
      effect: code === 'EEXIST' ? 'none' : 'maybe',
      cause: error,
    });
  }
}

function reason(code: string | undefined, error: unknown): string {
  switch (code) {
    case 'EEXIST':
      return 'there is one already, and it stays as it is';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'the folder does not exist';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'you have no permission to write there';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    default:
      return `the system says ${code ?? String(error)}`;
  }
}

/** A new name is only durable once its folder is. Some systems cannot sync a folder; there it is as good as it gets. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
