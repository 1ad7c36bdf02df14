/** One entry of a cpio archive. `mode` holds the permission bits only, e.g. 0o755. */
export type CpioEntry =
  | { kind: 'file'; path: string; mode: number; data: Uint8Array }
  | { kind: 'directory'; path: string; mode: number }
  | { kind: 'symlink'; path: string; target: string }
  | { kind: 'character-device'; path: string; mode: number; major: number; minor: number };

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000, 'character-device': 0o020000 };

/**
 * Writes a cpio archive in the "newc" format, the one that Linux takes as an initramfs. Everything belongs to
 * root and bears the time 0, so equal entries give equal bytes. Paths are relative, without a leading slash;
 * a folder must come before what it holds.
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  entries.forEach((entry, index) => {
    const data =
      entry.kind === 'file'
        ? Buffer.from(entry.data)
        : entry.kind === 'symlink'
          ? Buffer.from(entry.target)
          : Buffer.alloc(0);
    const permissions = entry.kind === 'symlink' ? 0o777 : entry.mode & 0o7777;
    const device = entry.kind === 'character-device' ? entry : { major: 0, minor: 0 };
    parts.push(
      ...member(index + 1, typeBits[entry.kind] | permissions, entry.path, data, device.major, device.minor),
    );
  });
  parts.push(...member(0, 0, 'TRAILER!!!', Buffer.alloc(0), 0, 0));
  return Buffer.concat(parts);
}

function member(
  inode: number,
  mode: number,
  path: string,
  data: Buffer,
  deviceMajor: number,
  deviceMinor: number,
): Buffer[] {
  if (path === '' || path.startsWith('/') || path.includes('\0')) {
    throw new RangeError(`cannot archive path ${JSON.stringify(path)}: it must be relative and not empty`);
  }
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, deviceMajor, deviceMinor, name.length, 0].map(
    (value) => value.toString(16).toUpperCase().padStart(8, '0'),
  );
  const head = Buffer.concat([Buffer.from(`070701${fields.join('')}`), name]);
  return [head, padding(head.length), data, padding(data.length)];
}

/** Header with name, and data, are each filled up to a multiple of four bytes. */
function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
