import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ec2CodeOf, errorTable, launchFailure, translated } from '../../providers/aws/errorTable.ts';
import { ChewsError, type ErrorCode } from '../../src/core/errors.ts';

const ATTEMPT = 'cannot create VM dev';

function answered(name: string, message = 'Something. ', httpStatusCode = 400): EC2ServiceException {
  return new EC2ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode } });
}

function translate(error: unknown): ChewsError {
  const known = translated(error, ATTEMPT, 'EC2');
  if (known instanceof ChewsError) return known;
  throw new Error(`not translated: ${String(error)}`);
}

/** One of each class, and what a wrong row would cost. */
const samples: readonly (readonly [
  name: string,
  code: ErrorCode,
  retryable: boolean,
  effect: 'none' | 'maybe',
])[] = [
  ['AuthFailure', 'credentials', false, 'none'],
  ['RequestExpired', 'credentials', false, 'none'],
  ['UnauthorizedOperation', 'permission', false, 'none'],
  ['RequestLimitExceeded', 'unreachable', true, 'none'],
  ['InternalError', 'unreachable', true, 'maybe'],
  ['InsufficientInstanceCapacity', 'no-capacity', false, 'none'],
  ['VcpuLimitExceeded', 'quota', false, 'none'],
  // After this one the volume may exist.
  ['VolumeLimitExceeded', 'quota', false, 'maybe'],
  ['InvalidInstanceID.NotFound', 'not-found', false, 'none'],
  ['InvalidVolumeID.Malformed', 'not-found', false, 'none'],
  ['IncorrectInstanceState', 'busy', true, 'none'],
  ['VolumeInUse', 'refused', false, 'none'],
  ['IdempotentParameterMismatch', 'conflict', false, 'none'],
  ['InvalidParameterValue', 'configuration', false, 'none'],
  ['ParameterNotFound', 'configuration', false, 'none'],
  ['AccessDeniedException', 'permission', false, 'none'],
  ['InvalidSignatureException', 'credentials', false, 'none'],
  ['ThrottlingException', 'unreachable', true, 'none'],
  ['InternalServerError', 'unreachable', true, 'maybe'],
  ['NobodyHasHeardOfThis', 'failed', false, 'none'],
  ['InvalidThing.NotFound', 'not-found', false, 'none'],
  ['ThingLimitExceeded', 'quota', false, 'none'],
];

describe('the table of errors', () => {
  it.each(samples)('%s is %s', (name, code, retryable, effect) => {
    const error = translate(answered(name));
    expect(error).toMatchObject({ code, retryable, effect });
    expect(ec2CodeOf(error)).toBe(name);
  });

  it('gives a sentence for every code', () => {
    for (const name of Object.keys(errorTable)) {
      const { message, remedy } = translate(answered(name, 'The words of EC2.'));
      expect(message).toMatch(/^cannot create VM dev: [^.]*[^.\s]$/);
      if (remedy !== undefined) expect(remedy).toMatch(/\.$/);
    }
  });

  it.each([
    [
      'InsufficientInstanceCapacity',
      'We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-east-1e). Our system will be working on provisioning additional capacity. You can currently get m5.large capacity by not specifying an Availability Zone in your request or choosing us-east-1a, us-east-1b.',
      'us-east-1e has no room for m5.large; there is room in us-east-1a, us-east-1b',
    ],
    ['InsufficientInstanceCapacity', 'There is no Spot capacity.', 'EC2 says: There is no Spot capacity'],
    [
      'UnauthorizedOperation',
      'You are not authorized to perform this operation. User: arn:aws:iam::1:user/a is not authorized to perform: ec2:RunInstances on resource: b',
      'the policy of these credentials does not allow ec2:RunInstances',
    ],
    ['UnauthorizedOperation', 'You are not authorized.', 'the policy of these credentials does not allow it'],
    [
      'AccessDeniedException',
      'User: arn:aws:iam::1:user/a is not authorized to perform: ssm:GetParameter on resource: b',
      'the policy of these credentials does not allow ssm:GetParameter',
    ],
  ])('says of %s what matters of what EC2 says', (name, said, why) => {
    expect(translate(answered(name, said)).message).toBe(`${ATTEMPT}: ${why}`);
  });

  it('knows why an instance did not come up that was accepted', () => {
    const key = launchFailure(ATTEMPT, { Code: 'Client.InvalidKMSKey.InvalidState', Message: 'x' });
    expect(key).toMatchObject({ code: 'permission', effect: 'none' });
    expect(key.message).toContain('cannot use the encryption key');
    expect(launchFailure(ATTEMPT, { Code: 'Server.InsufficientInstanceCapacity' }).code).toBe('no-capacity');
    expect(launchFailure(ATTEMPT, { Code: 'Server.Odd', Message: 'Odd' })).toMatchObject({
      code: 'failed',
      message: `${ATTEMPT}: EC2 accepted it, and it did not come up (Odd)`,
    });
    expect(launchFailure(ATTEMPT, {}).message).toBe(`${ATTEMPT}: EC2 accepted it, and it did not come up`);
  });

  it('never repeats what is not its to repeat', () => {
    for (const [name, row] of Object.entries(errorTable)) {
      if (row.retryable === true) expect(['unreachable', 'busy'], name).toContain(row.code);
      if (row.code === 'not-found') expect(row.effect, name).toBeUndefined();
    }
  });

  it('keeps the words of EC2 from the terminal’s controls, and from being endless', () => {
    const { message } = translate(answered('InvalidParameterValue', `a\u001b[31mred${'x'.repeat(5000)}`));
    expect(message).not.toContain('\u001b');
    expect(message.length).toBeLessThan(400);
  });

  it('takes a server’s error for one of unknown effect', () => {
    expect(translate(answered('WhatIsThis', 'Oops', 503))).toMatchObject({
      code: 'unreachable',
      retryable: true,
      effect: 'maybe',
    });
  });

  it('knows whether a request was sent', () => {
    const broken = (code: string) => translate(Object.assign(new Error('broken'), { code }));
    expect(broken('ECONNRESET')).toMatchObject({ code: 'unreachable', retryable: true, effect: 'maybe' });
    expect(broken('ECONNREFUSED')).toMatchObject({ code: 'unreachable', retryable: true, effect: 'none' });
    expect(translate(Object.assign(new Error('late'), { name: 'TimeoutError' }))).toMatchObject({
      code: 'unreachable',
      effect: 'maybe',
    });
  });

  it('says that no credentials were found, and when the run was interrupted', () => {
    expect(translate(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })).code).toBe(
      'credentials',
    );
    expect(translate(Object.assign(new Error('abort'), { name: 'AbortError' })).code).toBe('interrupted');
  });

  it('leaves a bug a bug', () => {
    const bug = new TypeError('undefined is not a function');
    expect(translated(bug, ATTEMPT, 'EC2')).toBe(bug);
  });
});
