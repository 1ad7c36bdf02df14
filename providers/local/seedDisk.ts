/** A file on a seed disk. Names are plain ASCII of at most 26 characters. */
export interface SeedFile {
  name: string;
  text: string;
}

const sectorBytes = 512;
const reservedSectors = 1;
const fatSectors = 8;
const rootEntries = 64;
const rootSectors = (rootEntries * 32) / sectorBytes;
const clusterCount = 2040;
const totalSectors = reservedSectors + 2 * fatSectors + rootSectors + clusterCount;

/**
 * Makes the disk on which cloud-init looks for first-boot data (NoCloud): FAT12 with the label `cidata`, about
 * 1 MB. Equal files give equal bytes.
 *
 * @throws RangeError when the files do not fit or a name cannot be written.
 */
export function seedDisk(files: readonly SeedFile[]): Buffer {
  const disk = Buffer.alloc(totalSectors * sectorBytes);
  writeBootSector(disk);
  const fat = Buffer.alloc(fatSectors * sectorBytes);
  const rootStart = (reservedSectors + 2 * fatSectors) * sectorBytes;
  const dataStart = rootStart + rootSectors * sectorBytes;
  setFatEntry(fat, 0, 0xff8);
  setFatEntry(fat, 1, 0xfff);
  const records = [directoryRecord(Buffer.from('cidata     '), 0x08, 0, 0)];
  let cluster = 2;
  files.forEach((file, index) => {
    const data = Buffer.from(file.text);
    const needed = Math.ceil(data.length / sectorBytes);
    if (cluster + needed > clusterCount + 2) {
      throw new RangeError(`cannot write ${file.name} to the seed disk: it holds at most 1 MB`);
    }
    data.copy(disk, dataStart + (cluster - 2) * sectorBytes);
    for (let step = 0; step < needed; step++) {
      setFatEntry(fat, cluster + step, step === needed - 1 ? 0xfff : cluster + step + 1);
    }
    const short = Buffer.from(`SEED${String(index).padStart(4, '0')}   `);
    records.push(...longNameRecords(file.name, short));
    records.push(directoryRecord(short, 0x20, needed === 0 ? 0 : cluster, data.length));
    cluster += needed;
  });
  if (records.length > rootEntries) {
    throw new RangeError(`cannot write ${files.length} files to the seed disk: they are too many`);
  }
  fat.copy(disk, reservedSectors * sectorBytes);
  fat.copy(disk, (reservedSectors + fatSectors) * sectorBytes);
  Buffer.concat(records).copy(disk, rootStart);
  return disk;
}

/**
 * The files of a seed disk for cloud-init. It goes along at every boot, and `instanceId` must stay the same through all
 * cycles of a workstation: where cloud-init finds no seed, or another id, it takes the system for a new one and sets it up
 * anew, with new host keys (https://docs.cloud-init.io/en/latest/explanation/boot.html). What sets a system up, the keys and
 * `firstBoot` (further #cloud-config in YAML), belongs to the first boot alone: see `repeatedSeedFiles`.
 */
export function seedFiles(options: {
  instanceId: string;
  hostname: string;
  authorizedKeys: readonly string[];
  firstBoot?: string;
}): SeedFile[] {
  const text = (value: string): string => JSON.stringify(value);
  const meta = [`instance-id: ${text(options.instanceId)}`, `local-hostname: ${text(options.hostname)}`];
  const user = [
    '#cloud-config',
    'disable_root: false',
    'ssh_pwauth: false',
    `ssh_authorized_keys: [${options.authorizedKeys.map(text).join(', ')}]`,
    // Growing goes with the disk, at each boot; nothing here may format or partition.
    'growpart: { mode: auto, devices: ["/"] }',
    'resize_rootfs: true',
    ...(options.firstBoot === undefined ? [] : [options.firstBoot.replace(/^#cloud-config\s*\n/, '')]),
  ];
  return [
    { name: 'meta-data', text: `${meta.join('\n')}\n` },
    { name: 'user-data', text: `${user.join('\n')}\n` },
  ];
}

/** The seed of every later boot: who it is, and nothing that sets anything up. */
export function repeatedSeedFiles(options: { instanceId: string; hostname: string }): SeedFile[] {
  const [meta] = seedFiles({ ...options, authorizedKeys: [] });
  // Should it take itself for new all the same, it keeps what its owner knows it by, and still lets him in.
  const user = [
    '#cloud-config',
    'disable_root: false',
    'ssh_deletekeys: false',
    'growpart: { mode: auto, devices: ["/"] }',
    'resize_rootfs: true',
  ];
  return [...(meta === undefined ? [] : [meta]), { name: 'user-data', text: `${user.join('\n')}\n` }];
}

function writeBootSector(disk: Buffer): void {
  disk.set([0xeb, 0x3c, 0x90], 0);
  disk.write('MSDOS5.0', 3, 'latin1');
  disk.writeUInt16LE(sectorBytes, 11);
  disk.writeUInt8(1, 13);
  disk.writeUInt16LE(reservedSectors, 14);
  disk.writeUInt8(2, 16);
  disk.writeUInt16LE(rootEntries, 17);
  disk.writeUInt16LE(totalSectors, 19);
  disk.writeUInt8(0xf8, 21);
  disk.writeUInt16LE(fatSectors, 22);
  disk.writeUInt16LE(32, 24);
  disk.writeUInt16LE(2, 26);
  disk.writeUInt8(0x80, 36);
  disk.writeUInt8(0x29, 38);
  disk.writeUInt32LE(0xc4e75eed, 39);
  disk.write('cidata     ', 43, 'latin1');
  disk.write('FAT12   ', 54, 'latin1');
  disk.set([0x55, 0xaa], 510);
}

/** Two entries of twelve bits share three bytes. */
function setFatEntry(fat: Buffer, cluster: number, value: number): void {
  const at = Math.floor((cluster * 3) / 2);
  const pair = fat.readUInt16LE(at);
  fat.writeUInt16LE(cluster % 2 === 0 ? (pair & 0xf000) | value : (pair & 0x000f) | (value << 4), at);
}

function directoryRecord(name: Buffer, attributes: number, cluster: number, length: number): Buffer {
  const record = Buffer.alloc(32);
  name.copy(record, 0);
  record.writeUInt8(attributes, 11);
  // 1980-01-01, the first day that FAT knows.
  record.writeUInt16LE(0x21, 18);
  record.writeUInt16LE(0x21, 24);
  record.writeUInt16LE(cluster, 26);
  record.writeUInt32LE(length, 28);
  return record;
}

/** Records of 13 characters each, the last part first, tied to the short name by its checksum. */
function longNameRecords(name: string, short: Buffer): Buffer[] {
  if (!/^[\x21-\x7e]{1,26}$/.test(name) || /[\\/:*?"<>|]/.test(name)) {
    throw new RangeError(`cannot write ${JSON.stringify(name)} to the seed disk: the name does not fit FAT`);
  }
  const checksum = short.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
  const count = Math.ceil(name.length / places.length);
  return Array.from({ length: count }, (_, index) => {
    const part = count - 1 - index;
    const record = Buffer.alloc(32);
    record.writeUInt8((part + 1) | (index === 0 ? 0x40 : 0), 0);
    record.writeUInt8(0x0f, 11);
    record.writeUInt8(checksum, 13);
    places.forEach((place, offset) => {
      const at = part * places.length + offset;
      record.writeUInt16LE(at < name.length ? name.charCodeAt(at) : at === name.length ? 0 : 0xffff, place);
    });
    return record;
  });
}
