export const sectorBytes = 512;

/** The length of a raw file as QEMU sees it: in whole sectors. */
export function sectorsOf(fileBytes: number): number {
  return Math.ceil(fileBytes / sectorBytes) * sectorBytes;
}
