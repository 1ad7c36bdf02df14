import { ChewsError } from '../../src/core/errors.ts';
import type { Look } from './look.ts';
import { pages } from './look.ts';
import { type Attempt, type Ec2, refusal } from './place.ts';

/**
 * The account that answers; an error where the file pins another. EC2 has no call that names it: its answers say to whom instances, volumes and snapshots belong, and
 * where there are none, to whom the default security groups do. Every network has one, which cannot be shared with others.
 */
export function openAccount(
  ec2: Ec2,
  pinned: string | undefined,
): (look: Pick<Look, 'owners'>, on: Attempt) => Promise<string> {
  let known: string | undefined;
  return async ({ owners }, on) => {
    const told = new Set(owners);
    if (known !== undefined) told.add(known);
    if (told.size === 0) {
      const groups = await pages(on, 'security groups', async (NextToken) => {
        const Filters = [{ Name: 'group-name', Values: ['default'] }];
        const page = await ec2.read('describeSecurityGroups', { Filters, MaxResults: 1000, NextToken }, on);
        return { items: page.SecurityGroups, next: page.NextToken };
      });
      for (const { GroupName, OwnerId } of groups) if (GroupName === 'default' && OwnerId) told.add(OwnerId);
    }
    const [account, another] = told;
    if (account === undefined || another !== undefined) {
      const why = account === undefined ? 'it has no network' : `EC2 names ${[...told].join(' and ')}`;
      throw new ChewsError('unreadable', `${on.attempt}: nobody can tell which account answers: ${why}`, {
        remedy: 'aws ec2 create-default-vpc makes the network that new accounts have, and costs nothing.',
        effect: 'none',
      });
    }
    if (pinned !== undefined && account !== pinned)
      throw refusal(
        'credentials',
        `${on.attempt}: the credentials are of account ${account}, and the file says ${pinned}`,
        'Choose another profile (AWS_PROFILE, or profile in the file), or correct account in the file.',
      );
    known = account;
    return account;
  };
}
