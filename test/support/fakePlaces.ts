/** What the fakes have that run by themselves; the examples name the same. */
export const fakeKinds = ['gcp', 'aws'] as const;
export type FakeKind = (typeof fakeKinds)[number];

export const PROJECT = 'my-project-123';
export const ZONES = ['us-central1-a', 'us-central1-b', 'europe-west3-a'] as const;
