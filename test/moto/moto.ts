/** Where the moto of this test file is: each worker of vitest has its own, which `npm run test:moto` has started. */
export function motoEndpoint(): string {
  const endpoints = (process.env['CHEWS_MOTO'] ?? '').split(' ');
  const endpoint = endpoints[Number(process.env['VITEST_POOL_ID']) - 1];
  if (!endpoint) throw new Error('no moto is running for this test: npm run test:moto starts them');
  return endpoint;
}

export const REGION = 'eu-central-1';

/** The images that there are: see images.json. */
export const IMAGE_ID = 'ami-0d13deb1a00000001';
/** The one that a public parameter names in this version of moto and this region. */
export const AMAZON_IMAGE_ID = 'ami-027198f65e9f969f8';

/** Everything that was made is gone. */
export async function resetMoto(endpoint: string): Promise<void> {
  const { ok, status } = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
  if (!ok) throw new Error(`moto could not be reset: ${status}`);
}
