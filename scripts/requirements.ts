import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of the system that the local provider needs, and the Debian package that brings it. */
interface Requirement {
  readonly program: string;
  readonly debianPackage: string;
}

const requirements: readonly Requirement[] = [
  { program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  { program: 'qemu-img', debianPackage: 'qemu-utils' },
  { program: 'ssh', debianPackage: 'openssh-client' },
];

const APT_LIMIT_MS = 10 * 60_000;

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebianLike(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** How apt may be called: directly, through sudo, or not at all. */
function rightToInstall(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  if (!isThere('sudo')) return undefined;
  // In a terminal sudo may ask for a password; elsewhere nobody could answer it.
  if (process.stdin.isTTY) return ['sudo'];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

function aptGet(prefix: readonly string[], args: readonly string[]): boolean {
  const [program = 'apt-get', ...rest] = [...prefix, 'apt-get', ...args];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Standard output is the answer of whoever called: what apt says is conversation.
  const result = spawnSync(program, rest, { stdio: ['inherit', 2, 2], env, timeout: APT_LIMIT_MS });
  return result.status === 0;
}

/**
 * Installs what real virtual machines need where it is missing, and says so first. Gives undefined when all is there, else
 * the sentence that says what is missing, why it was not installed, and what to do.
 */
export function installRequirements(say: (line: string) => void): string | undefined {
  const missing = () => requirements.filter(({ program }) => !isThere(program));
  const wanted = missing();
  if (wanted.length === 0) return undefined;
  const programs = wanted.map(({ program }) => program).join(', ');
  const packages = wanted.map(({ debianPackage }) => debianPackage);
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!isDebianLike() || !isThere('apt-get')) {
    return `${programs} missing, and this is not Debian or Ubuntu: install QEMU (with qemu-img) and an ssh client with this system's own tools, then run the command again`;
  }
  const prefix = rightToInstall();
  if (prefix === undefined) {
    return `${programs} missing, and there is no right to install: as root, run  ${command}`;
  }
  const shown = [...prefix, command].join(' ');
  say(`${programs} missing. Installing with:  ${shown}`);
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages];
  // The package lists may be missing or old on a fresh machine: brought up to date once before, and asked again.
  if (!aptGet(prefix, ['update', '--quiet']) || !aptGet(prefix, install)) {
    return `${programs} missing, and apt-get failed: run  ${shown}  and see what it says`;
  }
  const still = missing();
  return still.length === 0
    ? undefined
    : `${still.map(({ program }) => program).join(', ')} missing even after installing`;
}
