import {
  CreateLaunchTemplateVersionCommand,
  DescribeVolumesCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import type { Subject } from './subject.ts';

/** What the owner of an account does to it by hand, through the SDK and past chews. */
export function ec2Owner(ec2: EC2Client): Required<Pick<Subject, 'setDeletionFlag' | 'tearLease'>> {
  return {
    setDeletionFlag: async (vm, disk) => {
      const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [disk.id] }));
      const DeviceName = Volumes?.[0]?.Attachments?.[0]?.Device;
      const mapping = { DeviceName, Ebs: { DeleteOnTermination: true } };
      await ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId: vm.id, BlockDeviceMappings: [mapping] }),
      );
    },
    tearLease: async (workstation) => {
      await ec2.send(
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateName: `chews-lock-${workstation}`,
          LaunchTemplateData: { UserData: Buffer.from('torn').toString('base64') },
        }),
      );
    },
  };
}
