import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChewsError, type ErrorCode } from '../../src/core/errors.ts';
import type { ApplyOptions } from '../../src/core/provider.ts';
import type { VmRecord } from './assetFile.ts';
import type { Found } from './assetFolders.ts';
import { replaceFile } from './durable.ts';
import { guestCommandLine } from './guestInit.ts';
import { MicroGuestError } from './guestPackages.ts';
import { imagePath } from './imageHeader.ts';
import { ensureMicroGuest, type MicroGuest } from './microGuest.ts';
import {
  type Accelerator,
  chooseAccel,
  findQemu,
  QemuMissingError,
  type QemuPrograms,
  type VmSpec,
} from './qemu.ts';
import { installQemu } from './qemuImg.ts';
import { repeatedSeedFiles, seedDisk, seedFiles } from './seedDisk.ts';
import { expandPath, microImage } from './settings.ts';
import { authorizedKeys } from './sshKeys.ts';
import { QemuStartError, type StartFailure } from './startQemu.ts';
import { keysFolder, type Store } from './store.ts';

/** What a start needs that takes long to get and changes nothing of the VM. */
export interface Prepared {
  readonly store: Store;
  readonly programs: QemuPrograms;
  readonly accel: Accelerator;
  readonly guest?: MicroGuest;
  readonly publicKeys: readonly string[];
}

export const keysFile = 'authorized_keys';
export const seedFile = 'seed.img';

/** Finds QEMU, the minimal guest where the image is that, and the keys that may log in. */
export async function prepareStart(
  store: Store,
  record: VmRecord,
  attempt: string,
  options: ApplyOptions,
): Promise<Prepared> {
  const { settings, context } = store;
  const withSignal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    const programs = await findQemu({ env: { PATH: context.env['PATH'] }, ...withSignal });
    const canOpenKvm = await open('/dev/kvm', 'r+').then(
      (handle) => handle.close().then(() => true),
      () => false,
    );
    const cpuinfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
    const accel = chooseAccel({ override: settings.accel, cpuinfo, canOpenKvm });
    const { publicKeys } = await loginKeys(store, record, attempt);
    const prepared = { store, programs, accel, publicKeys };
    if (record.image !== microImage) return prepared;
    const report = (line: string) => options.say?.(line);
    const guest = await ensureMicroGuest({ cacheDir: settings.cache, report, ...withSignal });
    return { ...prepared, guest };
  } catch (error) {
    if (options.signal?.aborted === true) throw startFailure(error, attempt, options.signal);
    if (error instanceof QemuMissingError) {
      throw new ChewsError('configuration', `${attempt}: ${error.message}`, {
        remedy: installQemu,
        effect: 'none',
      });
    }
    if (error instanceof MicroGuestError) {
      throw new ChewsError('failed', `${attempt}: ${error.message}`, { effect: 'none', cause: error });
    }
    throw error;
  }
}

/** The machine as QEMU is to start it; what the guest reads at its start is written beside the VM's file. */
export async function machineSpec(
  vm: Found<'vm'>,
  disks: readonly Found<'disk'>[],
  sshPort: number,
  prepared: Prepared,
): Promise<VmSpec & { program: string }> {
  const { folder, record } = vm;
  const { context } = prepared.store;
  const [boot] = disks;
  const common = {
    program: prepared.programs.system,
    name: record.name,
    folder,
    cpus: record.size.cpus,
    memoryBytes: record.size.memoryBytes,
    disks: disks.map((disk) => ({
      path: imagePath(disk.folder, disk.record),
      format: disk.record.type === 'fast' ? ('raw' as const) : ('qcow2' as const),
      serial: diskSerial(disk.record.name),
    })),
    sshPort,
    accel: prepared.accel,
    sandbox: prepared.programs.sandbox,
    rebootEnds: record.firstBoot,
  };
  if (prepared.guest !== undefined) {
    const path = join(folder, keysFile);
    await replaceFile(path, `${prepared.publicKeys.join('\n')}\n`, folder, context.drawId());
    const append = guestCommandLine({
      bootSerial: diskSerial(boot?.record.name ?? ''),
      hostname: hostName(record),
      firstBoot: record.firstBoot,
    });
    const { kernelPath, initrdPath } = prepared.guest;
    return {
      ...common,
      kernel: { kernelPath, initrdPath, append },
      fwCfg: [{ name: 'opt/chews/authorized_keys', path }],
    };
  }
  const seedPath = join(folder, seedFile);
  // The disk's name, since that stays the same through every cycle.
  const identity = { instanceId: boot?.record.name ?? record.name, hostname: hostName(record) };
  const firstBoot = userData(guestUser(prepared.store, record), prepared.publicKeys);
  // What sets the system up goes along only while it is new: on a restored disk it could do so anew (safety 8).
  const files = record.firstBoot
    ? seedFiles({
        ...identity,
        authorizedKeys: prepared.publicKeys,
        ...(firstBoot !== undefined && { firstBoot }),
      })
    : repeatedSeedFiles(identity);
  await replaceFile(seedPath, seedDisk(files), folder, context.drawId());
  return { ...common, seedPath };
}

/** A user of the owner's choice, who may become root. JSON is YAML. */
function userData(user: string, publicKeys: readonly string[]): string | undefined {
  if (user === 'root') return undefined;
  const entry = {
    name: user,
    shell: '/bin/bash',
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    ssh_authorized_keys: publicKeys,
  };
  return `users: ${JSON.stringify(['default', entry])}`;
}

/** Who logs in. */
export function guestUser(store: Store, record: VmRecord): string {
  return record.image === microImage ? 'root' : (record.sshUser ?? store.settings.sshUser ?? 'root');
}

/** The public keys that may log in, and the private one to name to ssh. */
export async function loginKeys(
  store: Store,
  record: VmRecord,
  attempt: string,
): Promise<{ readonly publicKeys: readonly string[]; readonly identityFile?: string }> {
  const { settings, context } = store;
  const wanted = record.sshKey ?? settings.sshKey;
  const agentSocket = context.env['SSH_AUTH_SOCK'];
  try {
    return await authorizedKeys({
      ...(wanted !== undefined && { configured: isKeyText(wanted) ? wanted : expandPath(wanted, context) }),
      home: context.homeFolder,
      ...(agentSocket !== undefined && { agentSocket }),
      storeFolder: keysFolder(store),
    });
  } catch (error) {
    const remedy = 'Correct "ssh-key" in the file, or make a key: ssh-keygen -t ed25519';
    throw new ChewsError('configuration', `${attempt}: ${(error as Error).message}`, {
      remedy,
      effect: 'none',
      cause: error,
    });
  }
}

export function isKeyText(text: string): boolean {
  return /^(ssh|ecdsa|sk)-\S+ /.test(text.trim());
}

/**
 * What the guest knows a disk by: at most 20 bytes, made from its name alone, so the same through every cycle. The end of
 * the readable part tells the disk, the digits keep two alike names apart.
 */
export function diskSerial(name: string): string {
  const readable = name.replace(/-[0-9a-f]{6,32}$/, '').replace(/[^A-Za-z0-9_-]/g, '_');
  return `${readable.slice(-11)}-${createHash('md5').update(name).digest('hex').slice(0, 8)}`;
}

/** The workstation's name as a host's: letters, digits and dashes. */
function hostName(record: VmRecord): string {
  const plain = (record.labels.workstation ?? record.name).replace(/[^A-Za-z0-9-]/g, '-').slice(0, 63);
  return /^[A-Za-z0-9]/.test(plain) ? plain : 'chews';
}

/** The table of QEMU's failures to start. */
const classes: Readonly<Record<StartFailure, { readonly code: ErrorCode; readonly remedy?: string }>> = {
  'image-in-use': { code: 'busy', remedy: 'Another process uses one of its disks: wait for it, or end it.' },
  'already-running': { code: 'busy', remedy: 'Look at "chews status" in a moment.' },
  'port-taken': { code: 'busy', remedy: 'Try again: it gets another port.' },
  'out-of-memory': { code: 'no-capacity', remedy: 'Stop another VM, or give this one less memory.' },
  'kvm-failed': {
    code: 'failed',
    remedy: 'Set "accel: tcg" in the provider’s settings: slower, and it works everywhere.',
  },
  timeout: { code: 'timeout' },
  other: { code: 'failed' },
};

/** A failed start as an error for the user. */
export function startFailure(error: unknown, attempt: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) {
    return new ChewsError('interrupted', `${attempt}: interrupted`, { effect: 'maybe', cause: error });
  }
  if (error instanceof QemuStartError) {
    const { code, remedy } = classes[error.code];
    const details = {
      ...(remedy !== undefined && { remedy }),
      retryable: code === 'busy',
      effect: 'none' as const,
    };
    return new ChewsError(code, `${attempt}: ${error.detail}`, { ...details, cause: error });
  }
  return error;
}
