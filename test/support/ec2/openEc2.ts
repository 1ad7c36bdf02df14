import { openAws } from '../../../providers/aws/aws.ts';
import type { Provider, ProviderContext } from '../../../src/core/provider.ts';
import type { Client } from '../datacenter/client.ts';
import type { Datacenter } from '../datacenter/datacenter.ts';
import { ec2Face } from './ec2Face.ts';
import { REGION } from './ec2World.ts';
import { inProcess } from './transports.ts';

/** Keys that open nothing. */
export const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' };

/** The real adapter, over the wire, on a simulated datacenter: one process of its own. */
export function openEc2(
  datacenter: Datacenter,
  client: Client = datacenter.connect(),
  overrides: Partial<ProviderContext> = {},
): Promise<Provider> {
  const face = ec2Face(client, () => datacenter.world);
  return openAws({ region: REGION }, datacenter.context(overrides), {
    client: { requestHandler: inProcess(face), credentials, endpoint: 'http://ec2.test' },
    answers: async () => true,
  });
}
