import type { Client } from '../datacenter/client.ts';
import { type Ec2State, openDesk, REGION } from './ec2World.ts';
import { allows } from './policy.ts';
import { Ec2Refusal } from './refusal.ts';

/** A parameter of SSM, as far as `GetParameter` tells of it. */
export interface SsmParameter {
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
  readonly dataType: 'text' | 'aws:ec2:image';
}

/** A request of the JSON protocol: what it is about stands in its headers. */
interface JsonRequest {
  readonly target: string;
  readonly type: string;
  readonly body: string;
}

export const JSON_TYPE = 'application/x-amz-json-1.1';

/** A request as one text: that of the query protocol is its body alone, before that of the JSON protocol stand the headers that it needs. */
export function requestText(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
): string {
  const target = headers['x-amz-target'];
  if (target === undefined) return body;
  return `x-amz-target: ${String(target)}\ncontent-type: ${String(headers['content-type'])}\n\n${body}`;
}

/** Undefined where a text is no request of the JSON protocol. */
export function jsonRequest(text: string): JsonRequest | undefined {
  const [, target = '', type = '', body = ''] =
    /^x-amz-target: (.*)\ncontent-type: (.*)\n\n(.*)$/s.exec(text) ?? [];
  return target === '' ? undefined : { target, type, body };
}

/** How SSM calls what EC2 has other words for: CommonErrors.html of its reference. All but trouble of its own is HTTP 400. */
const codes: Readonly<Record<string, string>> = {
  AuthFailure: 'UnrecognizedClientException',
  UnauthorizedOperation: 'AccessDeniedException',
  RequestLimitExceeded: 'ThrottlingException',
  InternalError: 'InternalServerError',
};

export function ssmRefusal({ code, message }: Ec2Refusal): [status: number, body: string] {
  const __type = codes[code] ?? code;
  // Where there is no such parameter SSM says nothing but that.
  const said = message === '' ? {} : { message };
  return [__type === 'InternalServerError' ? 500 : 400, JSON.stringify({ __type, ...said })];
}

/** `AmazonSSM.GetParameter`, strict about all that it says; there is nothing else of SSM here. */
export async function carryOutSsm(
  client: Client,
  { target, type, body }: JsonRequest,
  signal?: AbortSignal,
): Promise<string> {
  if (target !== 'AmazonSSM.GetParameter') throw new Ec2Refusal('UnknownOperationException', '');
  if (type !== JSON_TYPE) throw new Ec2Refusal('SerializationException', `${type} is not ${JSON_TYPE}`);
  const name = nameIn(body);
  return client.read(
    `GetParameter ${name}`,
    (world) => {
      const { ec2, account } = openDesk(client, world);
      enter(ec2, account, name);
      const parameter = ec2.parameters.get(name);
      if (parameter === undefined) throw new Ec2Refusal('ParameterNotFound', '');
      const { type: Type, value: Value, dataType: DataType } = parameter;
      const told = { ARN: arnOf(account, name), DataType, Name: name, Type, Value, Version: 1 };
      // Times are seconds with a fraction.
      return JSON.stringify({ Parameter: { ...told, LastModifiedDate: Date.UTC(2026, 0, 1) / 1000 } });
    },
    signal,
  );
}

function nameIn(body: string): string {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    throw new Ec2Refusal('SerializationException', 'the body is no JSON');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new Ec2Refusal('SerializationException', 'the body is no object');
  const { Name, ...rest } = input as Readonly<Record<string, unknown>>;
  const [untold] = Object.keys(rest);
  if (untold !== undefined)
    throw new Ec2Refusal('ValidationException', `the fake has no notion of ${untold} in GetParameter`);
  if (typeof Name !== 'string' || Name.length < 1 || Name.length > 2048)
    throw new Ec2Refusal('ValidationException', "1 validation error detected: Value at 'name'");
  return Name;
}

/** Public parameters belong to no account: parameter-store-public-parameters.html of its guide. */
function arnOf(account: string, name: string): string {
  return `arn:aws:ssm:${REGION}:${name.startsWith('/aws/service/') ? '' : account}:parameter${name}`;
}

function enter({ rejectsCredentials, denied, policy }: Ec2State, account: string, name: string): void {
  if (rejectsCredentials)
    throw new Ec2Refusal('AuthFailure', 'The security token included in the request is invalid.');
  const action = 'ssm:GetParameter';
  const arn = arnOf(account, name);
  const isAllowed = policy === undefined || allows(policy, { action, arn, context: {} });
  if (denied.has('GetParameter') || !isAllowed)
    throw new Ec2Refusal(
      'UnauthorizedOperation',
      `User: arn:aws:iam::${account}:user/ann is not authorized to perform: ${action} on resource: ${arn} because no identity-based policy allows the ${action} action`,
    );
}
