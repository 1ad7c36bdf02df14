import { ChewsError } from '../../../src/core/errors.ts';
import type { Client } from '../datacenter/client.ts';
import { seenLately } from '../datacenter/pictures.ts';
import { isThrottled } from '../datacenter/throttle.ts';
import type { World } from '../datacenter/world.ts';
import { actions } from './actions.ts';
import { authorize } from './authorization.ts';
import type { Desk } from './ec2World.ts';
import { Ec2Refusal } from './refusal.ts';
import { decodeInput, encodeError, encodeOutput, operationOf } from './wire.ts';

/** What goes over the wire; 'lost': the connection breaks, and nobody knows whether there was an effect. */
export type WireAnswer = { readonly status: number; readonly body: string; readonly atMs: number } | 'lost';

/**
 * EC2's query protocol on a datacenter: each call that changes something is one `mutate` of the client, each other one
 * `read`, so that faults, kills, throttling and the oracle of the model work as they do everywhere.
 */
export type Ec2Face = (body: string, signal?: AbortSignal) => Promise<WireAnswer>;

export function ec2Face(client: Client, worldNow: () => World): Ec2Face {
  let requests = 0;
  return async (body, signal) => {
    requests += 1;
    const requestId = `request-${requests}`;
    const answer = (status: number, text: string) => ({ status, body: text, atMs: worldNow().nowMs });
    try {
      return answer(200, await carryOut(client, body, requestId, signal));
    } catch (error) {
      if (error instanceof Ec2Refusal)
        return answer(error.status, encodeError(error.code, error.message, requestId));
      if (!(error instanceof ChewsError)) throw error;
      if (isThrottled(error))
        return answer(503, encodeError('RequestLimitExceeded', 'Request limit exceeded.', requestId));
      switch (error.code) {
        case 'credentials':
          return answer(
            401,
            encodeError(
              'AuthFailure',
              'AWS was not able to validate the provided access credentials',
              requestId,
            ),
          );
        case 'permission':
          return answer(
            403,
            encodeError(
              'UnauthorizedOperation',
              'You are not authorized to perform this operation.',
              requestId,
            ),
          );
        case 'quota':
          return answer(
            400,
            encodeError('VolumeLimitExceeded', 'Maximum number of volumes exceeded', requestId),
          );
        case 'no-capacity':
          return answer(
            500,
            encodeError(
              'InsufficientInstanceCapacity',
              'We currently do not have sufficient capacity',
              requestId,
            ),
          );
        case 'unreadable':
          return answer(200, '<html><body>Bad gateway');
        case 'failed':
        case 'busy':
          return answer(500, encodeError('InternalError', 'An internal error has occurred', requestId));
        default:
          return 'lost';
      }
    }
  };
}

async function carryOut(
  client: Client,
  body: string,
  requestId: string,
  signal?: AbortSignal,
): Promise<string> {
  const form = new URLSearchParams(body);
  const name = form.get('Action') ?? '';
  const operation = operationOf(name);
  const action = actions.get(name);
  if (operation === undefined || action === undefined)
    throw new Ec2Refusal('InvalidAction', `The action ${name} is not valid for this web service.`);
  if (form.get('Version') !== '2016-11-15')
    throw new Ec2Refusal('NoSuchVersion', 'The requested version does not exist');
  const input = decodeInput(operation, form);
  const untold = Object.keys(input).find((key) => !action.takes.includes(key));
  if (untold !== undefined)
    throw new Ec2Refusal('UnsupportedOperation', `the fake has no notion of ${untold} in ${name}`);
  const deskOf = (world: World): Desk => {
    const { ec2 } = world;
    if (ec2 === undefined) throw new Error('this world has no EC2 in it');
    return { world, ec2, account: client.account };
  };
  const enter = (desk: Desk) => {
    const { ec2 } = desk;
    if (ec2.rejectsCredentials)
      throw new Ec2Refusal(
        'AuthFailure',
        'AWS was not able to validate the provided access credentials',
        401,
      );
    if (ec2.denied.has(name))
      throw new Ec2Refusal(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. User: arn:aws:iam::${client.account}:user/ann is not authorized to perform: ec2:${name} because no identity-based policy allows the ec2:${name} action`,
        403,
      );
    if (ec2.policy !== undefined) authorize(desk, ec2.policy, name, input);
    if (input['DryRun'] === true)
      throw new Ec2Refusal('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  };
  const { DryRun: _, ...rest } = input;
  const run = (world: World) => action.run(deskOf(world), rest);
  const what = `${name} ${subjectOf(input)}`.trim();
  if (action.kind === 'change' && input['DryRun'] !== true) {
    const output = await client.mutate(
      what,
      (world) => {
        enter(deskOf(world));
        return run(world);
      },
      signal,
    );
    return encodeOutput(operation, output ?? {}, requestId);
  }
  const output = await client.read(
    what,
    (world) => {
      enter(deskOf(world));
      return run(action.kind === 'lagging' ? seenLately(world) : world);
    },
    signal,
  );
  return encodeOutput(operation, output ?? {}, requestId);
}

/** For traces: what the call is about. */
function subjectOf(input: Record<string, unknown>): string {
  return [
    'InstanceId',
    'InstanceIds',
    'VolumeId',
    'SnapshotId',
    'LaunchTemplateName',
    'LaunchTemplateId',
    'ImageId',
    'Resources',
  ]
    .flatMap((key) => (input[key] === undefined ? [] : [String(input[key])]))
    .join(' ');
}
