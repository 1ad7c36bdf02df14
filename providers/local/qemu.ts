import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** The QEMU programs of this computer; paths are absolute. `sandbox`: QEMU can give up system calls. */
export interface QemuPrograms {
  system: string;
  image: string;
  version: string;
  sandbox: boolean;
}

export type Accelerator = 'kvm' | 'tcg';

/** One virtual machine as plain data. All paths are absolute; `folder` is the machine's own. */
export interface VmSpec {
  name: string;
  folder: string;
  cpus: number;
  memoryBytes: number;
  /** The first one boots. `serial`: at most 20 bytes; the guest finds the disk by it. */
  disks: readonly { path: string; format: 'qcow2' | 'raw'; serial: string }[];
  /** Started directly, past the boot disk's own loader. */
  kernel?: { kernelPath: string; initrdPath: string; append: string };
  /** A read-only disk with first-boot data, see `seedDisk`. */
  seedPath?: string;
  /** Port on 127.0.0.1 that leads to the guest's ssh. */
  sshPort: number;
  accel: Accelerator;
  /** Files that the guest can read under /sys/firmware/qemu_fw_cfg/by_name/NAME/raw; names begin with `opt/`. */
  fwCfg?: readonly { name: string; path: string }[];
  sandbox?: boolean;
  /**
   * A reboot in the guest ends the machine. Meant for the first boot, so that a guest that fails ends instead of
   * starting over for ever; afterwards the guest's owner may reboot as he likes.
   */
  rebootEnds?: boolean;
}

/** The names of the files that QEMU makes in the machine's folder. */
export const vmFiles = {
  pid: 'qemu.pid',
  console: 'console.log',
  monitors: ['qmp0.sock', 'qmp1.sock'],
} as const;

/** QEMU is not there, or does not run. The message says what to do. */
export class QemuMissingError extends Error {
  override name = 'QemuMissingError';
}

const run = promisify(execFile);
const probeMs = 20_000;
const longestSerial = 20;

/**
 * Finds QEMU: `paths` names programs explicitly, everything else is looked for in `env.PATH`.
 *
 * @throws QemuMissingError when a program is absent or does not tell its version.
 */
export async function findQemu(options: {
  env: { PATH?: string | undefined };
  paths?: { system?: string; image?: string };
  signal?: AbortSignal;
}): Promise<QemuPrograms> {
  const { env, paths = {}, signal } = options;
  const find = async (name: string, given: string | undefined): Promise<string> => {
    const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
    for (const path of given === undefined ? folders.map((folder) => join(folder, name)) : [given]) {
      const usable = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (usable) {
        return path;
      }
    }
    const where = given === undefined ? 'in PATH' : `at ${given}`;
    throw new QemuMissingError(
      `cannot find ${name} ${where}: install it (Debian and Ubuntu: qemu-system-x86 and qemu-utils)`,
    );
  };
  const system = await find('qemu-system-x86_64', paths.system);
  const image = await find('qemu-img', paths.image);
  const settings = { timeout: probeMs, ...(signal && { signal }) };
  try {
    const { stdout } = await run(system, ['--version'], settings);
    const version = /version (\d+(\.\d+)+)/.exec(stdout)?.[1];
    if (version === undefined) {
      throw new Error('it does not tell its version');
    }
    const help = (await run(system, ['-help'], { ...settings, maxBuffer: 1 << 24 })).stdout;
    return { system, image, version, sandbox: /^-sandbox on/m.test(help) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new QemuMissingError(`cannot run ${system}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Chooses how the guest's processor is done. KVM needs a processor that says it can (`cpuinfo`, the text of
 * /proc/cpuinfo) *and* a device that opens: the device alone is there on computers where it does not work.
 */
export function chooseAccel(options: {
  override?: Accelerator | 'auto';
  cpuinfo: string;
  canOpenKvm: boolean;
}): Accelerator {
  if (options.override === 'kvm' || options.override === 'tcg') {
    return options.override;
  }
  const capable = /^flags\s*:.*\b(vmx|svm)\b/m.test(options.cpuinfo);
  return capable && options.canOpenKvm ? 'kvm' : 'tcg';
}

/**
 * In software emulation each further instruction set costs: what is built for any processor of its kind, as the minimal guest
 * is, boots a fifth faster on the plainest one. What an owner's image needs is not known.
 */
function processorOf({ accel, kernel }: VmSpec): string {
  if (accel === 'kvm') return 'host';
  return kernel === undefined ? 'max' : 'qemu64';
}

/**
 * The command line of QEMU, without the program itself. It is to be started in the machine's folder, since the
 * monitor sockets are relative paths: a unix socket's path ends at 108 bytes, a folder's need not. The absolute
 * path of the pid file is what identifies the process later.
 *
 * @throws RangeError when a value cannot be passed on (a serial that is too long, a path that is not absolute).
 */
export function qemuArguments(spec: VmSpec): string[] {
  requireAbsolute(spec.folder);
  const words = [
    ...['-name', `guest=${escaped(spec.name)}`],
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-daemonize'],
    ...['-pidfile', join(spec.folder, vmFiles.pid)],
    ...['-machine', `q35,accel=${spec.accel},vmport=off`, '-cpu', processorOf(spec)],
    ...[
      '-smp',
      String(spec.cpus),
      '-m',
      `size=${Math.floor(spec.memoryBytes / 2 ** 20)}M`,
      '-rtc',
      'base=utc',
    ],
    ...['-chardev', `file,id=serial0,path=${vmFiles.console}`, '-serial', 'chardev:serial0'],
    // Two monitors, since each talks to one client at a time and several runs may ask at once.
    ...vmFiles.monitors.flatMap((file, index) => [
      ...['-chardev', `socket,id=qmp${index},path=${file},server=on,wait=off`],
      ...['-mon', `chardev=qmp${index},mode=control`],
    ]),
    ...['-netdev', `user,id=net0,hostfwd=tcp:127.0.0.1:${spec.sshPort}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
    ...['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
    ...spec.disks.flatMap((disk, index) => diskArguments(disk, index)),
  ];
  if (spec.seedPath !== undefined) {
    requireAbsolute(spec.seedPath);
    const file = { driver: 'file', filename: spec.seedPath, 'read-only': true };
    words.push('-blockdev', JSON.stringify({ driver: 'raw', 'node-name': 'seed', 'read-only': true, file }));
    words.push('-device', 'virtio-blk-pci,drive=seed,serial=chews-seed');
  }
  if (spec.kernel) {
    words.push(
      '-kernel',
      spec.kernel.kernelPath,
      '-initrd',
      spec.kernel.initrdPath,
      '-append',
      spec.kernel.append,
    );
  }
  for (const { name, path } of spec.fwCfg ?? []) {
    requireAbsolute(path);
    words.push('-fw_cfg', `name=${escaped(name)},file=${escaped(path)}`);
  }
  if (spec.rebootEnds) {
    words.push('-no-reboot');
  }
  if (spec.sandbox) {
    // Denying more (spawn, elevateprivileges) also denies QEMU its own way into the background.
    words.push('-sandbox', 'on,obsolete=deny,resourcecontrol=deny');
  }
  return words;
}

function diskArguments(disk: VmSpec['disks'][number], index: number): string[] {
  requireAbsolute(disk.path);
  if (disk.serial === '' || Buffer.byteLength(disk.serial) > longestSerial) {
    throw new RangeError(
      `cannot use serial ${JSON.stringify(disk.serial)}: it must have 1 to ${longestSerial} bytes`,
    );
  }
  const id = `disk${index}`;
  const options = { discard: 'unmap', cache: { direct: false, 'no-flush': false } };
  const file = { driver: 'file', filename: disk.path, locking: 'on', ...options };
  const node = { driver: disk.format, 'node-name': id, 'detect-zeroes': 'unmap', ...options, file };
  // A full disk of this computer stops the guest until there is room again; any other error is the guest's.
  const device = [
    `virtio-blk-pci,drive=${id},serial=${escaped(disk.serial)},bootindex=${index + 1}`,
    'write-cache=on,werror=enospc,rerror=report',
  ];
  return ['-blockdev', JSON.stringify(node), '-device', device.join(',')];
}

/** In QEMU's lists of options a comma ends a value, and two stand for one. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}

function requireAbsolute(path: string): void {
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new RangeError(`cannot use path ${JSON.stringify(path)}: it must be absolute`);
  }
}

/**
 * The first port of `range` (both ends belong to it) that is not among `taken` and that nobody on 127.0.0.1
 * listens on; undefined if there is none. It is free at this moment only: starting QEMU on it can still fail.
 */
export async function findFreePort(
  taken: ReadonlySet<number>,
  range: { first: number; last: number },
): Promise<number | undefined> {
  for (let port = range.first; port <= range.last; port++) {
    if (!taken.has(port) && (await isFree(port))) {
      return port;
    }
  }
  return undefined;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
