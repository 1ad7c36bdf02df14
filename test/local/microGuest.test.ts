import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guestCommandLine } from '../../providers/local/guestInit.ts';
import { ensureMicroGuest } from '../../providers/local/microGuest.ts';
import { powerDown } from '../../providers/local/powerDown.ts';
import { findFreePort, findQemu, type VmSpec } from '../../providers/local/qemu.ts';
import { authorizedKeys, parseConsoleHostKeys, waitForSshBanner } from '../../providers/local/sshKeys.ts';
import { startQemu } from '../../providers/local/startQemu.ts';
import { vmFolderState } from '../../providers/local/vmFolderState.ts';

const run = promisify(execFile);
const now = performance.now.bind(performance);
const able = await Promise.all([
  findQemu({ env: process.env }),
  ...['apt-get', 'dpkg-deb'].map((name) => access(join('/usr/bin', name), constants.X_OK)),
]).then(
  () => process.arch === 'x64',
  () => false,
);

let folder = '';
const started: number[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chews-guest-'));
});

afterEach(async () => {
  for (const pid of started.splice(0)) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (words.includes(folder)) {
      process.kill(pid, 'SIGKILL');
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test.runIf(able)(
  'a guest is built, keeps its disks through a power cycle, and its death is seen',
  async () => {
    const report = (): void => undefined;
    const cacheDir = join(folder, 'cache');
    const [guest, same] = await Promise.all([
      ensureMicroGuest({ cacheDir, report }),
      ensureMicroGuest({ cacheDir, report }),
    ]);
    expect(same).toEqual(guest);
    const found = now();
    expect(await ensureMicroGuest({ cacheDir, report })).toEqual(guest);
    expect(now() - found).toBeLessThan(200);

    // Longer than a unix socket's path may be, and with all that an option list could stumble over.
    const vm = join(folder, `my, "vm" ${'x'.repeat(100)}`);
    await mkdir(vm);
    const keys = await authorizedKeys({ home: folder, storeFolder: join(folder, 'keys') });
    await writeFile(join(vm, 'keys'), keys.publicKeys.map((key) => `${key}\n`).join(''));
    const disk = async (name: string, bytes: number): Promise<VmSpec['disks'][number]> => {
      await writeFile(join(vm, name), '');
      await truncate(join(vm, name), bytes);
      return { path: join(vm, name), format: 'raw', serial: `s-${name}` };
    };
    const programs = await findQemu({ env: process.env });
    const port = await findFreePort(new Set(), { first: 22_700, last: 22_900 });
    expect(port).toBeDefined();
    const spec: VmSpec = {
      name: 'w1',
      folder: vm,
      cpus: 1,
      memoryBytes: 2 ** 28,
      disks: [await disk('boot', 2 ** 28), await disk('data', 2 ** 26)],
      sshPort: port ?? 0,
      accel: 'tcg',
      fwCfg: [{ name: 'opt/chews/authorized_keys', path: join(vm, 'keys') }],
      sandbox: programs.sandbox,
    };
    const boot = async (firstBoot: boolean): Promise<number> => {
      const append = guestCommandLine({ bootSerial: 's-boot', hostname: 'w1', firstBoot });
      const kernel = { kernelPath: guest.kernelPath, initrdPath: guest.initrdPath, append };
      const { pid } = await startQemu({ ...spec, kernel, rebootEnds: firstBoot, program: programs.system });
      started.push(pid);
      return pid;
    };
    const ready = async (): Promise<void> => {
      const banner = await waitForSshBanner({ port: spec.sshPort, timeoutMs: 40_000 });
      expect(banner, await readFile(join(vm, 'console.log'), 'utf8')).toMatch(/^SSH-/);
      const [key] = parseConsoleHostKeys(await readFile(join(vm, 'console.log'), 'utf8'));
      await writeFile(join(folder, 'known'), `[127.0.0.1]:${spec.sshPort} ${key}\n`);
    };
    const ssh = async (script: string): Promise<string> => {
      const options = [
        '-o',
        `UserKnownHostsFile=${join(folder, 'known')}`,
        '-o',
        'StrictHostKeyChecking=yes',
      ];
      const words = ['-F', 'none', '-i', keys.identityFile ?? '', ...options, '-p', String(spec.sshPort)];
      return (
        await run('/usr/bin/ssh', [...words, 'root@127.0.0.1', script], { timeout: 20_000 })
      ).stdout.trim();
    };

    const ended = async (): Promise<void> => {
      const until = now() + 30_000;
      while ((await vmFolderState({ folder: vm })).status !== 'stopped' && now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };

    // Not the first boot, and a blank disk: nothing may be written, and the machine ends by itself.
    await boot(false);
    await ended();
    expect(await readFile(join(vm, 'console.log'), 'utf8')).toContain('nothing was written');
    expect((await readFile(join(vm, 'boot'))).every((byte) => byte === 0)).toBe(true);

    // Its first boot, and a disk that is not blank: it is not for us to format.
    const bytes = async (): Promise<Buffer> => await readFile(join(vm, 'boot'));
    const mine = Buffer.from('not to be formatted');
    const image = await open(join(vm, 'boot'), 'r+');
    await image.write(mine, 0, mine.length, 2 ** 20 - 4096);
    await image.close();
    const before = await bytes();
    await boot(true);
    await ended();
    expect(await readFile(join(vm, 'console.log'), 'utf8')).toContain('is not blank although');
    expect((await bytes()).equals(before)).toBe(true);
    await writeFile(join(vm, 'boot'), '');
    await truncate(join(vm, 'boot'), 2 ** 28);

    const pid = await boot(true);
    const [one, two] = await Promise.all([vmFolderState({ folder: vm }), vmFolderState({ folder: vm })]);
    expect(one).toEqual({ status: 'running', pid, qmpStatus: 'running' });
    expect(two).toEqual(one);
    await expect(startQemu({ ...spec, program: programs.system })).rejects.toMatchObject({
      code: 'already-running',
    });
    const rival = { ...spec, folder: join(folder, 'rival'), program: programs.system };
    await mkdir(rival.folder);
    const other = await findFreePort(new Set([spec.sshPort]), { first: 22_700, last: 22_900 });
    await expect(startQemu({ ...rival, sshPort: other ?? 0 })).rejects.toMatchObject({
      code: 'image-in-use',
    });
    await expect(startQemu({ ...rival, disks: [] })).rejects.toMatchObject({ code: 'port-taken' });
    await ready();
    const made =
      'mkfs.ext4 -q -L data /dev/disk/by-id/virtio-s-data && mkdir /mnt/data && mount /dev/vdb /mnt/data';
    const sum = await ssh(
      `${made} && dd if=/dev/urandom of=/mnt/data/f bs=64k count=50 2>/dev/null && sha256sum /mnt/data/f`,
    );
    expect(sum).toMatch(/^[0-9a-f]{64} /);
    expect(await powerDown({ folder: vm, graceMs: 15_000, now })).toEqual({ how: 'graceful' });
    expect(await vmFolderState({ folder: vm })).toEqual({ status: 'stopped' });

    await truncate(join(vm, 'data'), 2 ** 27);
    const second = await boot(false);
    await ready();
    expect(await ssh('sha256sum /mnt/data/f; hostname')).toBe(`${sum}\nw1`);
    expect(Number(await ssh("df -k /mnt/data | awk 'END { print $2 }'"))).toBeGreaterThan(100_000);
    process.kill(second, 'SIGKILL');
    while ((await vmFolderState({ folder: vm })).status !== 'stopped') {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await powerDown({ folder: vm, graceMs: 1000, now })).toEqual({ how: 'already-off' });
  },
  120_000,
);
