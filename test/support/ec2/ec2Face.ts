import { ChewsError } from '../../../src/core/errors.ts';
import type { Client } from '../datacenter/client.ts';
import { seenLately } from '../datacenter/pictures.ts';
import { isThrottled } from '../datacenter/throttle.ts';
import type { World } from '../datacenter/world.ts';
import { actions } from './actions.ts';
import { authorize } from './authorization.ts';
import { type Desk, openDesk } from './ec2World.ts';
import { Ec2Refusal } from './refusal.ts';
import { carryOutSsm, JSON_TYPE, jsonRequest, ssmRefusal } from './ssmFace.ts';
import { decodeInput, encodeError, encodeOutput, operationOf } from './wire.ts';

/** What goes over the wire; 'lost': the connection breaks, and nobody knows whether there was an effect. */
export type WireAnswer =
  { readonly status: number; readonly type: string; readonly body: string; readonly atMs: number } | 'lost';

/**
 * What AWS answers on a datacenter: EC2's query protocol, each call that changes something being one `mutate` of the client and each other
 * one a `read`, so that faults, kills, throttling and the oracle of the model work as they do everywhere; and of SSM the public parameters.
 * A request is the text that the transport makes of it: see `requestText`.
 */
export type Ec2Face = (request: string, signal?: AbortSignal) => Promise<WireAnswer>;

export function ec2Face(client: Client, worldNow: () => World): Ec2Face {
  let requests = 0;
  return async (request, signal) => {
    requests += 1;
    const requestId = `request-${requests}`;
    const json = jsonRequest(request);
    const type = json === undefined ? 'text/xml;charset=UTF-8' : JSON_TYPE;
    const answer = (status: number, body: string) => ({ status, type, body, atMs: worldNow().nowMs });
    try {
      const done =
        json === undefined ? carryOut(client, request, requestId, signal) : carryOutSsm(client, json, signal);
      return answer(200, await done);
    } catch (error) {
      const told = toldOf(error);
      if (told === 'lost') return told;
      if (told === 'mangled') return answer(200, '<html><body>Bad gateway');
      if (json !== undefined) return answer(...ssmRefusal(told));
      return answer(told.status, encodeError(told.code, told.message, requestId));
    }
  };
}

/** What EC2 answers where the model says no, or something went wrong on the way. */
function toldOf(error: unknown): Ec2Refusal | 'lost' | 'mangled' {
  if (error instanceof Ec2Refusal) return error;
  if (!(error instanceof ChewsError)) throw error;
  if (isThrottled(error)) return new Ec2Refusal('RequestLimitExceeded', 'Request limit exceeded.', 503);
  switch (error.code) {
    case 'credentials':
      return new Ec2Refusal(
        'AuthFailure',
        'AWS was not able to validate the provided access credentials',
        401,
      );
    case 'permission':
      return new Ec2Refusal(
        'UnauthorizedOperation',
        'You are not authorized to perform this operation.',
        403,
      );
    case 'quota':
      return new Ec2Refusal('VolumeLimitExceeded', 'Maximum number of volumes exceeded');
    case 'no-capacity':
      return new Ec2Refusal(
        'InsufficientInstanceCapacity',
        'We currently do not have sufficient capacity',
        500,
      );
    case 'failed':
    case 'busy':
      return new Ec2Refusal('InternalError', 'An internal error has occurred', 500);
    case 'unreadable':
      return 'mangled';
    case 'unreachable':
    case 'timeout':
      return 'lost';
    case 'interrupted':
      // As the SDK's own transport says it.
      throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    case 'usage':
    case 'configuration':
    case 'inconsistent':
    case 'refused':
    case 'conflict':
    case 'not-found':
      // The model met what the face should have refused in EC2's own words.
      throw new Error(`the fake of EC2 has no answer where the model says: ${error.message}`, {
        cause: error,
      });
  }
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
  const deskOf = (world: World) => openDesk(client, world);
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
