import { describe, expect, it } from 'vitest';
import {
  failureOf,
  failureOfOperation,
  isAbsence,
  isThrottled,
  LoginProblem,
  reasonOf,
  translate,
} from '../../providers/gcp/failures.ts';
import type { ErrorCode } from '../../src/core/errors.ts';

const PAYLOAD = Symbol.for('google-gax.rawHttpResponsePayload');

function answered(status: number, reason: string, message = 'so it is'): Error {
  const payload = JSON.stringify({ error: { code: status, message, errors: [{ reason, message }] } });
  return Object.assign(new Error(message), { httpStatusCode: status, [PAYLOAD]: payload });
}

function lost(code: string): Error {
  const cause = Object.assign(new Error(code), { code });
  return new Error('fetch failed', { cause: new TypeError('fetch failed', { cause }) });
}

interface Case {
  readonly what: string;
  readonly error: Error;
  readonly code: ErrorCode;
  readonly effect: 'none' | 'maybe';
  readonly retryable?: boolean;
}

const cases: readonly Case[] = [
  { what: '401', error: answered(401, 'authError'), code: 'credentials', effect: 'none' },
  { what: 'forbidden', error: answered(403, 'forbidden'), code: 'permission', effect: 'none' },
  { what: 'a disabled API', error: answered(403, 'accessNotConfigured'), code: 'permission', effect: 'none' },
  { what: 'quota', error: answered(403, 'quotaExceeded'), code: 'quota', effect: 'none' },
  {
    what: 'throttling',
    error: answered(403, 'rateLimitExceeded'),
    code: 'unreachable',
    effect: 'none',
    retryable: true,
  },
  {
    what: '429 of whatever reason',
    error: answered(429, 'x'),
    code: 'unreachable',
    effect: 'none',
    retryable: true,
  },
  {
    what: 'a disk in use',
    error: answered(400, 'resourceInUseByAnotherResource'),
    code: 'refused',
    effect: 'none',
  },
  {
    what: 'not ready',
    error: answered(400, 'resourceNotReady'),
    code: 'busy',
    effect: 'none',
    retryable: true,
  },
  { what: 'a wrong value', error: answered(400, 'invalid'), code: 'configuration', effect: 'none' },
  { what: 'any other 400', error: answered(400, 'neverHeardOf'), code: 'configuration', effect: 'none' },
  { what: 'a name that is taken', error: answered(409, 'alreadyExists'), code: 'conflict', effect: 'none' },
  {
    what: 'a stale fingerprint',
    error: answered(412, 'conditionNotMet'),
    code: 'busy',
    effect: 'none',
    retryable: true,
  },
  {
    what: '500',
    error: answered(500, 'internalError'),
    code: 'unreachable',
    effect: 'maybe',
    retryable: true,
  },
  {
    what: '503',
    error: answered(503, 'backendError'),
    code: 'unreachable',
    effect: 'maybe',
    retryable: true,
  },
  {
    what: 'a disk that is not there',
    error: answered(404, 'notFound', "The resource 'projects/p/zones/z/disks/d' was not found"),
    code: 'not-found',
    effect: 'none',
  },
  {
    what: 'a zone that is none',
    error: answered(404, 'notFound', "The resource 'projects/p/zones/nowhere' was not found"),
    code: 'configuration',
    effect: 'none',
  },
  {
    what: 'a 404 of something in between',
    error: answered(404, '', 'Not Found'),
    code: 'unreadable',
    effect: 'none',
  },
  {
    what: 'a refused connection',
    error: lost('ECONNREFUSED'),
    code: 'unreachable',
    effect: 'none',
    retryable: true,
  },
  {
    what: 'a lost connection',
    error: lost('ECONNRESET'),
    code: 'unreachable',
    effect: 'maybe',
    retryable: true,
  },
  { what: 'an unknown host', error: lost('ENOTFOUND'), code: 'unreachable', effect: 'none', retryable: true },
  {
    what: 'a deadline',
    error: Object.assign(new Error('Deadline exceeded: get did not respond within 60000 milliseconds.'), {
      code: 4,
    }),
    code: 'unreachable',
    effect: 'maybe',
    retryable: true,
  },
  {
    what: 'an answer that is no JSON',
    error: new Error('x', { cause: new SyntaxError('Unexpected token <') }),
    code: 'unreadable',
    effect: 'maybe',
  },
  {
    what: 'a login that cannot be had',
    error: new Error('x', { cause: new LoginProblem('Could not load the default credentials') }),
    code: 'credentials',
    effect: 'none',
  },
];

describe('the table of errors', () => {
  it.each(cases)('$what is $code', ({ error, code, effect, retryable = false }) => {
    const failure = failureOf(error);
    if (failure === undefined) throw new Error('it is taken for a bug');
    const translated = translate(failure, 'cannot start VM dev', error);
    expect(translated).toMatchObject({ code, effect, retryable });
    expect(translated.message).toMatch(/^cannot start VM dev: \S/);
  });

  it.each([
    [
      "Required 'compute.disks.create' permission for 'projects/p'",
      403,
      'the permission compute.disks.create is missing for projects/p',
    ],
    [
      'Cloud KMS error when using key projects/p/k: projects/p/k/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.',
      400,
      'the key projects/p/k cannot be used: cryptoKeyVersions/1 is not enabled, current state is: DISABLED',
    ],
  ])('says %s in our words', (message, status, why) => {
    const translated = translate({ status, reason: 'x', message }, 'cannot create disk d');
    expect(translated).toMatchObject({ code: 'permission', effect: 'none', remedy: expect.any(String) });
    expect(translated.message).toBe(`cannot create disk d: ${why}`);
  });

  it('says who may grant what a service account wants', () => {
    const message =
      "The user does not have access to service account 'desk@p.iam.gserviceaccount.com'.  User: 'ann'.  Ask a project owner";
    const translated = translate({ reason: 'SERVICE_ACCOUNT_ACCESS_DENIED', message }, 'cannot create VM d');
    expect(translated).toMatchObject({ code: 'permission', effect: 'none' });
    expect(translated.message).toBe(
      'cannot create VM d: the permission iam.serviceAccounts.actAs is missing for desk@p.iam.gserviceaccount.com',
    );
    expect(translated.remedy).toContain('Service Account User');
  });

  it('leaves the advice for other tools out where there is no room', () => {
    const message =
      "The zone 'projects/p/zones/z' does not have enough resources available to fulfill the request. Try a different zone, or try again later.";
    const failure = { reason: 'ZONE_RESOURCE_POOL_EXHAUSTED', message, zonesAvailable: ['z-b'] };
    expect(translate(failure, 'cannot create VM d').message).toBe(
      "cannot create VM d: The zone 'projects/p/zones/z' does not have enough resources available to fulfill the request; there is room in z-b",
    );
  });

  it('says of a login that cannot be had whether there is any', () => {
    const said = (message: string) => {
      const failure = failureOf(new LoginProblem(message));
      return failure && translate(failure, 'cannot list').message;
    };
    expect(said('Could not load the default credentials. Browse to somewhere')).toBe(
      'cannot list: no credentials were found',
    );
    expect(said('Unable to read the file at x. ENOENT: no such file')).toBe(
      'cannot list: no login can be had with the credentials that there are: Unable to read the file at x',
    );
  });

  it('takes what is no failure of a call for a bug', () => {
    expect(failureOf(new RangeError('of ours'))).toBeUndefined();
    expect(failureOf(new Error('x', { cause: new RangeError('of ours') }))).toBeUndefined();
    expect(failureOf('a text')).toBeUndefined();
  });

  it('calls only that absence which names the very thing', () => {
    const missing = (path: string) => ({
      status: 404,
      reason: 'notFound',
      message: `The resource '${path}' was not found`,
    });
    expect(isAbsence(missing('projects/p/zones/z/disks/d'), 'disks', 'd')).toBe(true);
    expect(isAbsence(missing('projects/p/zones/z/disks/other'), 'disks', 'd')).toBe(false);
    expect(isAbsence(missing('projects/d'), 'disks', 'd')).toBe(false);
    expect(isAbsence(missing('projects/p/zones/d'), 'disks', 'd')).toBe(false);
    expect(isAbsence({ status: 404, reason: '', message: 'Not Found' }, 'disks', 'd')).toBe(false);
    expect(isAbsence({ status: 403, reason: '', message: missing('x/disks/d').message }, 'disks', 'd')).toBe(
      false,
    );
  });

  it('tells throttling, which had no effect, from trouble that may have had one', () => {
    expect(isThrottled({ status: 403, reason: 'rateLimitExceeded', message: '' })).toBe(true);
    expect(isThrottled({ status: 503, reason: 'backendError', message: '' })).toBe(false);
    expect(isThrottled({ reason: 'ECONNREFUSED', message: '' })).toBe(false);
  });

  it.each([
    { code: 'ZONE_RESOURCE_POOL_EXHAUSTED', as: 'no-capacity' },
    { code: 'QUOTA_EXCEEDED', as: 'quota' },
    { code: 'SERVICE_ACCOUNT_ACCESS_DENIED', as: 'permission' },
    { code: 'RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', as: 'refused' },
    { code: 'RESOURCE_NOT_FOUND', as: 'not-found' },
    { code: 'RESOURCE_ALREADY_EXISTS', as: 'conflict' },
    { code: 'INTERNAL_ERROR', as: 'failed' },
    { code: 'NEVER_HEARD_OF', as: 'failed' },
  ])('reads $code out of an operation that was answered with 200', ({ code, as }) => {
    const failure = failureOfOperation({
      status: 'DONE',
      error: { errors: [{ code, message: 'so it is' }] },
    });
    if (failure === undefined) throw new Error('it passes for a success');
    const translated = translate(failure, 'cannot create VM dev');
    expect(translated.code).toBe(as);
    expect(reasonOf(translated)).toBe(as === 'failed' ? 'INTERNAL_ERROR' : code);
  });

  it('takes an operation without errors for a success, unless its status says otherwise', () => {
    expect(failureOfOperation({ status: 'DONE' })).toBeUndefined();
    expect(failureOfOperation({ status: 'DONE', httpErrorStatusCode: 200 })).toBeUndefined();
    expect(failureOfOperation({ status: 'DONE', httpErrorStatusCode: 500 })).toBeDefined();
  });

  it('shows nothing that could steer a terminal', () => {
    const failure = { status: 400, reason: 'invalid', message: `bad\u001b[31m${'x'.repeat(5000)}` };
    const { message } = translate(failure, 'cannot start VM dev');
    expect(message).not.toContain('\u001b');
    expect(message.length).toBeLessThan(500);
  });
});
