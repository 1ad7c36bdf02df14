import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, expect, it } from 'vitest';
import { benchOf } from '../conformance/bench.ts';
import { motoSubject } from '../conformance/motoSubject.ts';
import { AMAZON_IMAGE_ID, motoEndpoint, REGION } from './moto.ts';

const endpoint = motoEndpoint();
const owner = new EC2Client({ region: REGION, endpoint });
const ssm = new SSMClient({ region: REGION, endpoint });
afterAll(() => {
  owner.destroy();
  ssm.destroy();
});

const FOLDER = '/aws/service/ami-amazon-linux-latest';
const NAME = `${FOLDER}/al2023-ami-kernel-6.1-x86_64`;

it('a public parameter that moto has by itself names the image of a VM', async () => {
  // Past chews, and by the call that its own refusal names.
  const { Parameters = [] } = await ssm.send(
    new GetParametersByPathCommand({ Path: FOLDER, Recursive: true }),
  );
  expect(Parameters.find(({ Name }) => Name === NAME)).toMatchObject({
    Type: 'String',
    Value: AMAZON_IMAGE_ID,
  });

  const subject = await motoSubject(endpoint, []).makeProvider();
  const { createVm, createBootDisk, apply } = benchOf(subject);
  const creation = (image: string) =>
    createVm([], {
      image,
      makes: [createBootDisk({ source: { from: 'image', image }, sizeBytes: 16 * 1024 ** 3 })],
    });
  expect(await subject.provider.check([creation(`ssm:${NAME}`)])).toEqual([]);
  await apply(creation(`ssm:${NAME}`));
  const { Reservations } = await owner.send(new DescribeInstancesCommand());
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
    ImageId: AMAZON_IMAGE_ID,
    State: { Name: 'running' },
  });

  expect(await subject.provider.check([creation(`ssm:${NAME}-not`)])).toEqual([
    {
      code: 'configuration',
      sentence: `cannot create VM test: region ${REGION} has no parameter ${NAME}-not. See: aws ssm get-parameters-by-path --path ${FOLDER} --recursive --region ${REGION}`,
    },
  ]);
});
