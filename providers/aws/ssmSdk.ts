import { GetParameterCommand, type Parameter, SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';
import { mannerly } from './mannerly.ts';
import type { Connection } from './sdk.ts';

/** One call, as it is: no retries, the SDK's own errors. */
export type RawGetParameter = (
  name: string,
  signal: AbortSignal | undefined,
) => Promise<Parameter | undefined>;

/**
 * The one call that chews makes to SSM. This file alone loads its client, and is itself loaded when an image is named by a parameter. The
 * client brings no credentials chain of its own: `scripts/build.ts` leaves it out.
 */
export function connectSsm(
  config: Pick<SSMClientConfig, 'region' | 'profile' | 'endpoint'>,
  shared: Connection['shared'],
): RawGetParameter {
  const client = new SSMClient({ ...config, ...shared, maxAttempts: 1 });
  const limitMs = mannerly(client.middlewareStack);
  return async (Name, signal) => {
    const { Parameter } = await client.send(new GetParameterCommand({ Name }), {
      requestTimeout: limitMs(),
      ...(signal !== undefined && { abortSignal: signal }),
    });
    return Parameter;
  };
}
