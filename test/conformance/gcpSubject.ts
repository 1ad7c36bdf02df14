import { gcpStage } from '../gcp/gcpStage.ts';
import type { Quirks } from '../support/datacenter/quirks.ts';
import type { SubjectKind } from './subject.ts';

/** The real adapter on the simulated datacenter, through the SDK and Compute Engine's own wire format. */
export function gcpSubject(name: string, quirks: Quirks): SubjectKind {
  return {
    name,
    lastWritable: 'always',
    contentVersions: false,
    makeProvider: async () => (await gcpStage(quirks)).subject,
  };
}
