import { SSM } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { ClientOptions } from '../datacenter/client.ts';
import { ec2Face } from './ec2Face.ts';
import { createEc2Datacenter, REGION } from './ec2World.ts';
import { credentials } from './openEc2.ts';
import { parsePolicy } from './policy.ts';
import { requestText } from './ssmFace.ts';
import { inProcess, serveEc2 } from './transports.ts';

const DEBIAN = '/aws/service/debian/release/13/latest/amd64';

/** The SDK's own client, without any of the adapter's manners. */
function open(options: ClientOptions = {}) {
  const datacenter = createEc2Datacenter();
  const face = ec2Face(datacenter.connect(options), () => datacenter.world);
  const { ec2 } = datacenter.world;
  if (ec2 === undefined) throw new Error('there is no EC2');
  const requestHandler = inProcess(face);
  const ssm = new SSM({
    region: REGION,
    endpoint: 'http://ssm.test',
    credentials,
    requestHandler,
    maxAttempts: 1,
  });
  return { ec2, face, ssm };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

describe('the fake of SSM', () => {
  it('tells of public parameters, in the process and over a socket', async () => {
    const { ec2, face, ssm } = open();
    const { Parameter } = await ssm.getParameter({ Name: DEBIAN });
    expect(Parameter).toEqual({
      ARN: `arn:aws:ssm:${REGION}::parameter${DEBIAN}`,
      DataType: 'aws:ec2:image',
      LastModifiedDate: new Date(Date.UTC(2026, 0, 1)),
      Name: DEBIAN,
      Type: 'String',
      Value: ec2.parameters.get(DEBIAN)?.value,
      Version: 1,
    });
    const server = await serveEc2(face);
    const far = new SSM({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    try {
      expect((await far.getParameter({ Name: DEBIAN })).Parameter).toEqual(Parameter);
      expect(await codeOf(far.getParameter({ Name: `${DEBIAN}64` }))).toBe('ParameterNotFound');
    } finally {
      far.destroy();
      await server.close();
    }
  });

  it('refuses what it does not know', async () => {
    const { face } = open();
    const type = 'application/x-amz-json-1.1';
    const said = async (target: string, body: string, contentType = type) => {
      const headers = { 'x-amz-target': target, 'content-type': contentType };
      const answer = await face(requestText(headers, body));
      if (answer === 'lost') return answer;
      expect([answer.status, answer.type]).toEqual([answer.body.includes('__type') ? 400 : 200, type]);
      return (JSON.parse(answer.body) as { readonly __type?: string }).__type;
    };
    const get = 'AmazonSSM.GetParameter';
    expect(await said(get, `{"Name":"${DEBIAN}"}`)).toBeUndefined();
    expect(await said('AmazonSSM.PutParameter', `{"Name":"${DEBIAN}"}`)).toBe('UnknownOperationException');
    expect(await said('AmazonSSM.GetParameters', `{"Names":[]}`)).toBe('UnknownOperationException');
    expect(await said(get, `{"Name":"${DEBIAN}"}`, 'application/json')).toBe('SerializationException');
    for (const body of ['', 'Name', 'null', '[]', '3'])
      expect(await said(get, body)).toBe('SerializationException');
    for (const body of ['{}', '{"Name":""}', '{"Name":3}', `{"Name":"${DEBIAN}","WithDecryption":true}`])
      expect(await said(get, body)).toBe('ValidationException');
    expect(await said(get, '{"Name":"/golden-ami"}')).toBe('ParameterNotFound');
  });

  it('refuses who may not, in the words of SSM', async () => {
    const { ec2, ssm } = open();
    const asked = () => ssm.getParameter({ Name: DEBIAN });
    const may = (Resource: string) =>
      parsePolicy(
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Sid: 'A', Effect: 'Allow', Action: 'ssm:GetParameter', Resource }],
        }),
      );
    ec2.policy = may('arn:aws:ssm:*::parameter/aws/service/*');
    expect(await codeOf(asked())).toBe('no error');
    ec2.policy = may('arn:aws:ssm:*:*:parameter/mine/*');
    await expect(asked()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        `ssm:GetParameter on resource: arn:aws:ssm:${REGION}::parameter${DEBIAN} because`,
      ),
    });
    ec2.policy = undefined;
    ec2.denied.add('GetParameter');
    expect(await codeOf(asked())).toBe('AccessDeniedException');
    ec2.rejectsCredentials = true;
    expect(await codeOf(asked())).toBe('UnrecognizedClientException');
  });

  it('fails as the model does', async () => {
    const codes = [];
    for (const kind of ['throttled', 'unreachable', 'credentials', 'unreadable'] as const)
      codes.push(await codeOf(open({ readFaults: [{ read: 1, kind }] }).ssm.getParameter({ Name: DEBIAN })));
    expect(codes).toEqual(['ThrottlingException', 'Error', 'UnrecognizedClientException', 'SyntaxError']);
  });
});
