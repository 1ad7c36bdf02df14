import type { Instance } from '@aws-sdk/client-ec2';
import { type Attempt, refusal } from './place.ts';

/**
 * A spot VM can be stopped only under a persistent request. As long as that stands, EC2 puts another VM in the place of one that
 * ended, and starts by itself one that it had stopped; withdrawing it terminates a VM that is stopped. So there is no moment
 * between a proof and the deletion in which such a VM is off for good.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/interruption-behavior.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
 */
export const WHY_NO_SPOT =
  'spot is not for workstations on EC2: as long as its request stands EC2 puts another VM in the place of one that is deleted, and to withdraw the request ends a VM that is off. Leave it out, or write spot: false';

/** Of one that was made by hand: it is neither deleted nor loses its disks, by which EC2 would end it. */
export function checkNotSpot({ InstanceLifecycle, SpotInstanceRequestId }: Instance, on: Attempt): void {
  if (InstanceLifecycle !== 'spot') return;
  throw refusal(
    'refused',
    `${on.attempt}: it is a spot VM, and EC2 puts another in its place as long as its request ${SpotInstanceRequestId ?? ''} stands`,
    'Take snapshots of its disks before you cancel the request: a VM that is off ends with it, and with the VM every disk whose DeleteOnTermination is set',
  );
}
