import { nearest } from '../../src/core/nearest.ts';
import { cut } from '../../src/core/printable.ts';
import type { Capabilities, ProviderContext, SettingProblem } from '../../src/core/provider.ts';

const GiB = 1024 ** 3;

export const capabilities: Capabilities = {
  longestName: 63,
  // Least and most of all types that there are; what one type takes in one zone, `check` asks.
  smallestDiskBytes: GiB,
  largestDiskBytes: 65_536 * GiB,
  grow: 'running',
  changeType: 'never',
  resize: 'stopped',
  attach: 'running',
  tellsOfLooseDisks: 'last-attachment',
  bootsLiveDisks: true,
  createsStopped: false,
};

const known = ['project', 'project-number', 'endpoint', 'ssh-key', 'ssh-user'];
/** Six to thirty characters, says the documentation; older projects are shorter, and some have the name of a domain. */
const projectPattern = /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{0,28}[a-z0-9]$/;
const userPattern = /^[a-z_][a-z0-9_-]{0,31}$/;
/** No setting has a name that others could not use: it is for a server of one's own, as in tests. */
const endpointVariable = 'CHEWS_GCP_ENDPOINT';

export interface GcpSettings {
  readonly project: string;
  readonly projectNumber?: string;
  /** `http://127.0.0.1:9100`; left out, it is the public one. */
  readonly endpoint?: string;
  readonly sshKey?: string;
  readonly sshUser?: string;
}

/** Mistakes in the provider's settings. Pure. */
export function checkSettings(settings: Readonly<Record<string, unknown>>): readonly SettingProblem[] {
  const problems: SettingProblem[] = Object.keys(settings)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: [key], message: unknownSetting(key) }));
  const check = (key: string, why: string | undefined) => {
    if (why !== undefined) problems.push({ path: [key], message: why });
  };
  const { project, endpoint } = settings;
  if (project === undefined || project === null)
    check(
      'project',
      'project is missing: the id of the project that the workstations live in, such as my-project-123',
    );
  else if (!isText(project)) check('project', 'project must be a text: the id of a project, not its number');
  else if (/^\d+$/.test(project))
    check(
      'project',
      `project must be the id of a project, not its number: see gcloud projects describe ${cut(project)}`,
    );
  else if (!projectPattern.test(project)) check('project', `${cut(project)} cannot be the id of a project`);
  const number = settings['project-number'];
  if (number !== undefined && !/^\d{1,20}$/.test(String(number)))
    check('project-number', 'project-number must be the number of the project, such as 123456789012');
  check('endpoint', endpoint === undefined ? undefined : whyNoEndpoint(endpoint));
  if (settings['ssh-key'] !== undefined && !isText(settings['ssh-key']))
    check('ssh-key', 'ssh-key must be a public key, or the path of one');
  const user = settings['ssh-user'];
  if (user !== undefined)
    check('ssh-user', isText(user) ? whyNoUser(user) : 'ssh-user must be the name of a user');
  return problems;
}

/** To be called with settings that `checkSettings` found nothing wrong with. */
export function readSettings(
  settings: Readonly<Record<string, unknown>>,
  { env }: Pick<ProviderContext, 'env'>,
): GcpSettings {
  const { project, 'project-number': number, 'ssh-key': sshKey, 'ssh-user': sshUser } = settings;
  const endpoint = [settings['endpoint'], env[endpointVariable]].find(isText);
  return {
    project: isText(project) ? project : '',
    ...(number !== undefined && { projectNumber: String(number) }),
    ...(endpoint !== undefined && { endpoint }),
    ...(isText(sshKey) && { sshKey }),
    ...(isText(sshUser) && { sshUser }),
  };
}

/** Why the environment's endpoint cannot be one; it is no mistake of the file. */
export function endpointProblem({ endpoint }: GcpSettings): string | undefined {
  const why = endpoint === undefined ? undefined : whyNoEndpoint(endpoint);
  return why === undefined ? undefined : `${why} (${endpointVariable})`;
}

function whyNoEndpoint(endpoint: unknown): string | undefined {
  const shape = 'endpoint must be the address of a server, such as http://127.0.0.1:9100';
  if (!isText(endpoint) || !URL.canParse(endpoint)) return shape;
  const { protocol, pathname, search, username, hash } = new URL(endpoint);
  if (protocol !== 'http:' && protocol !== 'https:') return shape;
  return pathname === '/' && search === '' && username === '' && hash === ''
    ? undefined
    : `${shape}, without a path`;
}

/** Why a guest cannot have a user of that name; undefined where it can. */
export function whyNoUser(user: string): string | undefined {
  if (user === 'root')
    return 'root cannot log in through the metadata of Compute Engine: choose another ssh-user';
  return userPattern.test(user)
    ? undefined
    : `${cut(user)} cannot be the name of a user: lower case letters, digits, "_" and "-"`;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function unknownSetting(key: string): string {
  const meant = nearest(key, known);
  return `unknown setting ${cut(key)}${meant === undefined ? '' : `, did you mean ${meant}?`} (known: ${known.join(', ')})`;
}
