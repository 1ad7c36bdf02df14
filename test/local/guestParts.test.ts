import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cpioArchive } from '../../providers/local/cpio.ts';
import { guestCommandLine } from '../../providers/local/guestInit.ts';
import { powerDown } from '../../providers/local/powerDown.ts';
import {
  chooseAccel,
  findFreePort,
  findQemu,
  qemuArguments,
  type VmSpec,
} from '../../providers/local/qemu.ts';
import { connectQmp } from '../../providers/local/qmp.ts';
import { repeatedSeedFiles, seedDisk, seedFiles } from '../../providers/local/seedDisk.ts';
import { authorizedKeys, parseConsoleHostKeys, waitForSshBanner } from '../../providers/local/sshKeys.ts';
import { vmFolderState } from '../../providers/local/vmFolderState.ts';
import { machineSpec } from '../../providers/local/vmMachine.ts';

let folder = '';
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chews-parts-'));
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    socket.destroy();
  }
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await rm(folder, { recursive: true, force: true });
});

async function serve(path: string, onClient: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onClient(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

/** A monitor that answers query-status, each answer in two packets with an event before it. */
function monitor(socket: Socket): void {
  socket.write('{"QMP": {"version": {}}}\r\n');
  socket.on('data', (chunk) => {
    for (const line of chunk.toString().trim().split('\n')) {
      const { execute, id } = JSON.parse(line) as { execute: string; id: number };
      const known = execute === 'query-status' || execute === 'qmp_capabilities';
      const answer = known
        ? { return: { status: 'io-error' }, id }
        : { error: { desc: 'no such command' }, id };
      const text = `{"event": "STOP", "timestamp": {}}\r\n${JSON.stringify(answer)}\r\n`;
      socket.write(text.slice(0, 45));
      setTimeout(() => socket.write(text.slice(45)), 5);
    }
  });
}

const spec: VmSpec = {
  name: 'a,b "c"',
  folder: '/srv/my vms, "new"',
  cpus: 3,
  memoryBytes: 2 ** 30,
  disks: [
    { path: '/srv/x,y "z"/boot.qcow2', format: 'qcow2', serial: 'boot,1' },
    { path: '/srv/data.raw', format: 'raw', serial: 'data' },
  ],
  sshPort: 2222,
  accel: 'tcg',
};

describe('qemuArguments', () => {
  test('keeps paths with commas, spaces and quotes whole', () => {
    const words = qemuArguments({ ...spec, fwCfg: [{ name: 'opt/a', path: '/k,e/y s' }], seedPath: '/s,d' });
    expect(words).toContain('guest=a,,b "c"');
    expect(words).toContain('/srv/my vms, "new"/qemu.pid');
    expect(words).toContain('name=opt/a,file=/k,,e/y s');
    const nodes = words.filter((_, at) => words[at - 1] === '-blockdev').map((word) => JSON.parse(word));
    expect(nodes.map((node) => node.file.filename)).toEqual([
      '/srv/x,y "z"/boot.qcow2',
      '/srv/data.raw',
      '/s,d',
    ]);
    expect(nodes.map((node) => node['read-only'])).toEqual([undefined, undefined, true]);
    expect(words.find((word) => word.includes('drive=disk0'))).toContain('serial=boot,,1,bootindex=1');
  });

  test('opens one port, on the loopback only, and nothing else', () => {
    const words = qemuArguments({ ...spec, rebootEnds: true, sandbox: true });
    expect(words).toContain('user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22');
    expect(words.filter((word) => word.includes('hostfwd'))).toHaveLength(1);
    expect(words).toContain('-no-reboot');
    expect(words[words.indexOf('-sandbox') + 1]).toMatch(/^on,/);
    expect(qemuArguments(spec)).not.toContain('-no-reboot');
  });

  test.each([
    { disks: [{ path: '/a', format: 'raw', serial: 'x'.repeat(21) } as const] },
    { disks: [{ path: 'a', format: 'raw', serial: 'x' } as const] },
    { folder: 'here' },
  ])('refuses %o', (wrong) => {
    expect(() => qemuArguments({ ...spec, ...wrong })).toThrow(RangeError);
  });
});

test('KVM is chosen only where the processor can and the device opens', () => {
  const cpuinfo = 'processor : 0\nflags\t\t: fpu vmx sse\n';
  expect(chooseAccel({ cpuinfo, canOpenKvm: true })).toBe('kvm');
  expect(chooseAccel({ cpuinfo, canOpenKvm: false })).toBe('tcg');
  expect(chooseAccel({ cpuinfo: 'flags\t: fpu sse\n', canOpenKvm: true })).toBe('tcg');
  expect(chooseAccel({ override: 'auto', cpuinfo: 'model name: vmx', canOpenKvm: true })).toBe('tcg');
  expect(chooseAccel({ override: 'kvm', cpuinfo: '', canOpenKvm: false })).toBe('kvm');
  expect(chooseAccel({ override: 'tcg', cpuinfo, canOpenKvm: true })).toBe('tcg');
});

test('a missing QEMU is told with what to install', async () => {
  await expect(findQemu({ env: { PATH: folder } })).rejects.toThrow(/qemu-system-x86_64.*install/s);
});

test('a port in use or taken is passed over', async () => {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const { port } = server.address() as { port: number };
  expect(await findFreePort(new Set(), { first: port, last: port })).toBeUndefined();
  const next = await findFreePort(new Set([port + 1]), { first: port, last: port + 20 });
  expect(next).toBeGreaterThan(port + 1);
});

test('the archive has the bytes of the newc format', () => {
  const archive = cpioArchive([
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'file', path: 'abc', mode: 0o644, data: Buffer.from('12345') },
  ]);
  const text = archive.toString('latin1');
  expect(archive.length % 4).toBe(0);
  expect(text.slice(0, 22)).toBe('07070100000001000041ED');
  expect(text).toContain('dev/console\0');
  const file = text.indexOf('07070100000003');
  expect(text.slice(file + 54, file + 62)).toBe('00000005');
  expect(text.slice(file + 110, file + 124)).toBe('abc\0\0\x0012345\0\0\0');
  expect(text).toMatch(/TRAILER!!!\0+$/);
  expect(() => cpioArchive([{ kind: 'directory', path: '/dev', mode: 0o755 }])).toThrow(RangeError);
});

test('the seed disk holds its files under their long names', () => {
  const files = seedFiles({
    instanceId: 'w1-7',
    hostname: 'w1',
    authorizedKeys: ['ssh-ed25519 AAAA me: "x"'],
    firstBoot: '#cloud-config\npackages: [git]',
  });
  const disk = seedDisk([...files, { name: 'network-config', text: '#\n'.repeat(1000) }]);
  expect(disk.subarray(43, 49).toString()).toBe('cidata');
  const read = readFat(disk);
  expect([...read.keys()]).toEqual(['meta-data', 'user-data', 'network-config']);
  expect(read.get('meta-data')).toBe('instance-id: "w1-7"\nlocal-hostname: "w1"\n');
  expect(read.get('user-data')).toMatch(/^#cloud-config\n/);
  expect(read.get('user-data')).toContain('ssh_authorized_keys: ["ssh-ed25519 AAAA me: \\"x\\""]');
  expect(read.get('user-data')?.match(/#cloud-config/g)).toHaveLength(1);
  expect(read.get('network-config')).toHaveLength(2000);
  expect(() => seedDisk([{ name: 'user-data', text: 'x'.repeat(2 ** 21) }])).toThrow(RangeError);
});

test('the seed of later boots says the same of who it is, and sets nothing up', () => {
  const identity = { instanceId: 'w1-7', hostname: 'w1' };
  const [firstMeta] = seedFiles({
    ...identity,
    authorizedKeys: ['ssh-ed25519 AAAA me'],
    firstBoot: 'packages: [git]',
  });
  const [meta, user] = repeatedSeedFiles(identity);
  expect(meta).toEqual(firstMeta);
  expect(user?.name).toBe('user-data');
  expect(user?.text).toMatch(/^#cloud-config\n/);
  expect(user?.text).not.toMatch(/ssh_authorized_keys|users|packages|runcmd|fs_setup|disk_setup|mounts/);
  // New host keys would be a false alarm at every return.
  expect(user?.text).toContain('ssh_deletekeys: false');
});

test('a machine of an owner’s image has its seed at every boot, of one instance', async () => {
  const boot = { id: 'disk-1', name: 'dev-boot-4e104700', type: 'standard' };
  const record = {
    name: 'dev',
    image: '/images/debian.qcow2',
    size: { cpus: 1, memoryBytes: 2 ** 28 },
    labels: {},
    disks: [],
  };
  const store = { settings: {}, context: { drawId: () => 'a1' } };
  const prepared = {
    store,
    programs: { system: '/bin/qemu', sandbox: false },
    accel: 'tcg',
    publicKeys: ['ssh-ed25519 AAAA me'],
  };
  const specOf = (firstBoot: boolean) =>
    machineSpec(
      { folder, location: { name: 'x', path: folder }, record: { ...record, firstBoot } } as never,
      [{ folder, location: { name: 'x', path: folder }, record: boot }] as never,
      22001,
      prepared as never,
    );
  const seedOf = async (firstBoot: boolean) => {
    const { seedPath } = await specOf(firstBoot);
    if (seedPath === undefined) throw new Error('it has no seed');
    return readFat(await readFile(seedPath));
  };
  const [first, later] = [await seedOf(true), await seedOf(false)];
  expect(later.get('meta-data')).toBe(first.get('meta-data'));
  expect(first.get('user-data')).toContain('ssh-ed25519 AAAA me');
  expect(later.get('user-data')).not.toContain('ssh-ed25519 AAAA me');
});

/** Reads the root folder of a FAT12 disk as its specification says, following the chains of clusters. */
function readFat(disk: Buffer): Map<string, string> {
  const sector = disk.readUInt16LE(11);
  const fatStart = disk.readUInt16LE(14) * sector;
  const fatBytes = disk.readUInt16LE(22) * sector;
  const rootStart = fatStart + disk.readUInt8(16) * fatBytes;
  const dataStart = rootStart + disk.readUInt16LE(17) * 32;
  const files = new Map<string, string>();
  let name = '';
  for (let at = rootStart; disk[at] !== 0; at += 32) {
    if (disk[at + 11] === 0x0f) {
      const units = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30].map((place) =>
        disk.readUInt16LE(at + place),
      );
      name = String.fromCharCode(...units.filter((unit) => unit !== 0 && unit !== 0xffff)) + name;
    } else if (disk[at + 11] === 0x20) {
      let data = '';
      for (let cluster = disk.readUInt16LE(at + 26); cluster >= 2 && cluster < 0xff8;) {
        data += disk.toString(
          'latin1',
          dataStart + (cluster - 2) * sector,
          dataStart + (cluster - 1) * sector,
        );
        const pair = disk.readUInt16LE(fatStart + Math.floor(cluster * 1.5));
        cluster = cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
      }
      files.set(name, data.slice(0, disk.readUInt32LE(at + 28)));
      name = '';
    }
  }
  return files;
}

test('host keys are read from the last complete block', () => {
  const block = (key: string): string =>
    `-----BEGIN SSH HOST KEY KEYS-----\r\n[   1.2] cloud-init: ssh-ed25519 ${key} root@w1\r\nnoise\r\n-----END SSH HOST KEY KEYS-----\r\n`;
  expect(parseConsoleHostKeys(`boot\n${block('AAAAold')}${block('AAAAnew')}`)).toEqual([
    'ssh-ed25519 AAAAnew',
  ]);
  expect(parseConsoleHostKeys('-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 AAAA')).toEqual([]);
});

test('the kernel command line cannot be smuggled into', () => {
  const options = { bootSerial: 'boot-4474c596', hostname: 'w1', firstBoot: false };
  expect(guestCommandLine(options)).not.toContain('firstboot');
  expect(guestCommandLine({ ...options, firstBoot: true })).toContain('chews.firstboot=1');
  expect(() => guestCommandLine({ ...options, hostname: 'w1 chews.firstboot=1' })).toThrow(RangeError);
});

describe('authorizedKeys', () => {
  test('makes one pair for two runs at once, and finds it again', async () => {
    const options = { home: folder, storeFolder: join(folder, 'store') };
    const [one, two] = await Promise.all([authorizedKeys(options), authorizedKeys(options)]);
    expect(one.publicKeys[0]).toMatch(/^ssh-ed25519 /);
    expect(two).toEqual(one);
    expect(await authorizedKeys(options)).toEqual(one);
    expect(await authorizedKeys({ ...options, configured: one.publicKeys[0] ?? '' })).toEqual({
      publicKeys: one.publicKeys,
    });
  });

  test('refuses a configured key that is none', async () => {
    const options = { home: folder, storeFolder: folder };
    await expect(authorizedKeys({ ...options, configured: 'ssh-ed25519' })).rejects.toThrow('neither');
  });
});

describe('the monitor', () => {
  const path = (): string => join(folder, 'qmp0.sock');

  test('answers arrive whole however they are cut, and events are kept', async () => {
    await serve(path(), monitor);
    const client = await connectQmp(path(), { timeoutMs: 2000 });
    expect(await client.execute('query-status')).toEqual({ status: 'io-error' });
    await expect(client.execute('fly')).rejects.toMatchObject({ code: 'refused' });
    expect(client.events.map(({ event }) => event)).toContain('STOP');
    client.close();
  });

  test('the second monitor is taken where the first is held by somebody', async () => {
    await serve(path(), () => undefined);
    await serve(join(folder, 'qmp1.sock'), monitor);
    const client = await connectQmp([path(), join(folder, 'qmp1.sock')], { timeoutMs: 1000 });
    expect(await client.execute('query-status')).toEqual({ status: 'io-error' });
    client.close();
  });

  test.each([
    ['absent', undefined],
    ['timeout', () => undefined],
    ['closed', (socket: Socket) => socket.end()],
    ['malformed', (socket: Socket) => socket.write('220 mail ready\r\n')],
  ] as const)('%s is told apart', async (code, onClient) => {
    if (onClient) {
      await serve(path(), onClient);
    }
    await expect(connectQmp([path(), `${path()}2`], { timeoutMs: 300 })).rejects.toMatchObject({ code });
  });

  test('waiting can be aborted', async () => {
    await serve(path(), () => undefined);
    const waiting = connectQmp(path(), { timeoutMs: 20_000, signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('a folder without a machine is off, a monitor that keeps silent is unknown', async () => {
  expect(await vmFolderState({ folder })).toEqual({ status: 'stopped' });
  expect(await vmFolderState({ folder: join(folder, 'none') })).toEqual({ status: 'stopped' });
  expect(await powerDown({ folder, graceMs: 1000, now: performance.now.bind(performance) })).toEqual({
    how: 'already-off',
  });
  await serve(join(folder, 'qmp0.sock'), () => undefined);
  expect(await vmFolderState({ folder, timeoutMs: 200 })).toMatchObject({ status: 'unknown' });
});

test('a port that opens and says nothing is no ssh server', async () => {
  const server = createServer((socket) => sockets.push(socket));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const { port } = server.address() as { port: number };
  expect(await waitForSshBanner({ port, timeoutMs: 300 })).toBeUndefined();
  server.on('connection', (socket) => socket.write('SSH-2.0-test\r\n'));
  expect(await waitForSshBanner({ port, timeoutMs: 3000 })).toBe('SSH-2.0-test');
});
