import type { Subject } from '../conformance/subject.ts';
import { awsAccount } from './awsAccount.ts';
import { gcpAccount } from './gcpAccount.ts';

/** A real account at a cloud, that holds nothing but what these tests make in it. */
export interface Account {
  readonly cloud: 'gcp' | 'aws';
  /** All that bills or stands in the way, by kind and name. Empty before a test and after it. */
  left(): Promise<readonly string[]>;
  /** Deletes past chews what bears the label of these tests, and every lease: those bear none. */
  sweep(): Promise<void>;
  /** A provider over it, as the conformance suite wants one. */
  subject(): Promise<Subject>;
  /** The lines of a configuration below `providers:`, and what a workstation is made of. */
  readonly words: {
    readonly provider: string;
    readonly location: string;
    readonly size: string;
    readonly otherSize: string;
    readonly image: string;
    readonly diskType: string;
    /** Further keys of a workstation. */
    readonly more: string;
  };
}

/** What `npm run test:live` was asked for. */
export function accountOf(env: NodeJS.ProcessEnv): Account {
  const place = env['CHEWS_LIVE_PLACE'] ?? '';
  const zone = env['CHEWS_LIVE_ZONE'] ?? '';
  const cloud = env['CHEWS_LIVE'];
  if (cloud === 'gcp') return gcpAccount(place, zone);
  if (cloud === 'aws')
    return awsAccount(place, zone, env['CHEWS_LIVE_KEY'] ?? '', env['CHEWS_LIVE_GROUP'] ?? '');
  throw new Error('no account was named: npm run test:live says how');
}
