import description from '../../package.json' with { type: 'json' };

const { name, version, ...rest }: { name: string; version: string; bugs?: { url?: string } | string } =
  description;

export const programName = name;
export const programVersion = version;

/** Where to report a bug; undefined where the package does not say. */
export const bugsPage = typeof rest.bugs === 'string' ? rest.bugs : rest.bugs?.url;
