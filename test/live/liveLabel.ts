/** Whose everything is that these tests make; the conformance suite writes it on all assets. */
export const OWNER = 'a1b2c3';

export const NO_BYTES = 'the bytes on a real disk are looked at by the cycle with checksums';
