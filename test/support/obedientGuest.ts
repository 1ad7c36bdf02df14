/** The key that the guest tells; it is nobody's. */
const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`;
export const consoleEnd = '-----END SSH HOST KEY KEYS-----';
const consoleText = `-----BEGIN SSH HOST KEY KEYS-----\r\n${hostKey}\r\n${consoleEnd}\r\n\0`;

const SECTOR_BYTES = 512;
const LOADED_AT = 0x7c00;

/**
 * The first sector of a disk with the least guest there is: it tells host keys on its console, waits for the power button
 * and switches itself off. It writes to no disk, so that the bytes on them stay comparable, and is there in a moment
 * where a whole system takes seconds. The ports are those that the firmware of QEMU gives to the power management.
 */
export function obedientBootSector(): Buffer {
  const code = (textAt: number) => [
    ...[0x31, 0xc0], // xor ax, ax
    ...[0x8e, 0xd8], // mov ds, ax
    ...[0xbe, textAt & 0xff, textAt >> 8], // mov si, text
    ...[0xba, 0xf8, 0x03], // mov dx, 0x3f8: the first serial line
    0xac, // next: lodsb
    ...[0x84, 0xc0], // test al, al
    ...[0x74, 0x03], // jz told
    0xee, // out dx, al
    ...[0xeb, 0xf8], // jmp next
    ...[0xba, 0x02, 0x06], // told: mov dx, 0x602: which events are noted
    ...[0xb8, 0x00, 0x01], // mov ax, 0x100: the power button
    0xef, // out dx, ax
    0xfb, // sti: the timer wakes it from each halt
    0xf4, // wait: hlt
    ...[0xba, 0x00, 0x06], // mov dx, 0x600: what has happened
    0xed, // in ax, dx
    ...[0xf6, 0xc4, 0x01], // test ah, 1
    ...[0x74, 0xf6], // jz wait
    ...[0xba, 0x04, 0x06], // mov dx, 0x604: what to do
    ...[0xb8, 0x00, 0x20], // mov ax, 0x2000: sleep so deep that it is off
    0xef, // out dx, ax
    ...[0xeb, 0xfe], // jmp here
  ];
  const { length } = code(0);
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.set(code(LOADED_AT + length));
  sector.write(consoleText, length, 'latin1');
  sector.writeUInt16LE(0xaa55, SECTOR_BYTES - 2);
  return sector;
}
